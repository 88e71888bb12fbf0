import { type NodeId, WrongIdentityError } from '@macula/core';
import { nodeIdOfCertificate } from '@macula/identity';
import type { Connection } from '../connection.ts';
import { SelfDialError } from '../errors.ts';

/**
 * Who is at the other end of a connection, by the certificate whose key TLS has proven. In a 0-RTT
 * dial that is not known yet: then `expected` is taken for granted, and must be checked by calling
 * again once the connection is confirmed. Throws WrongIdentityError, SelfDialError, InvalidCertificateError.
 */
export function identifyPeer(
  connection: Connection,
  self: NodeId,
  expected: NodeId | undefined,
): NodeId {
  const { peerCertificate } = connection;
  if (peerCertificate === undefined) {
    if (expected !== undefined && !connection.confirmed) return expected;
    throw new WrongIdentityError('the peer has shown no certificate');
  }
  const peer = nodeIdOfCertificate(peerCertificate);
  if (peer.equals(self)) throw new SelfDialError('the address leads to this node itself');
  if (expected !== undefined && !peer.equals(expected)) {
    throw new WrongIdentityError(`node ${peer.key} answered where ${expected.key} was expected`);
  }
  return peer;
}
