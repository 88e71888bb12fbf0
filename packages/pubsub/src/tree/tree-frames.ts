import { Id, NodeId } from '@macula/core';
import {
  decodeMessage,
  decodeNodeId,
  MalformedFrameError,
  Tree,
  TreeControl,
  TreeStatus,
} from '@macula/wire';
import { safe } from '../event-header.ts';
import { maxAlias } from '../options.ts';
import type { TreeAssignment } from './tree-plan.ts';

/** As many of those that hold a branch up are named. */
export const maxHolding = 16;
/** As many lost members are named at a time. */
export const maxLost = 64;

/** How it stands with a branch of a tree. Members are numbered by their places in the branch's list. */
export interface BranchStatus {
  readonly ready: boolean;
  readonly acknowledged: number;
  readonly holding: readonly number[];
  readonly lost: readonly number[];
}

/** What travels down a tree beside events. */
export interface ControlFields {
  readonly alias: number;
  readonly action: TreeControl['action'];
  readonly elsewhere: number;
  readonly since: number;
}

export function writePlace(alias: number, place: TreeAssignment): Uint8Array {
  const { plan, publicKey, signature, members, proof } = place;
  return Tree.encode({
    ...{ alias, plan, publicKey, signature },
    members: Buffer.concat(members.map(({ bytes }) => bytes)),
    proof: proof.map(({ parent, position, siblings }) => ({
      ...{ position, siblings },
      parent: parent?.bytes ?? new Uint8Array(),
    })),
  }).finish();
}

/** Throws ProtocolError. */
export function readPlace(header: Uint8Array): TreeAssignment & { readonly alias: number } {
  const { alias, plan, publicKey, signature, members, proof } = decodeMessage(
    Tree,
    header,
    'tree header',
  );
  checkAlias(alias);
  return {
    alias,
    // The frame's bytes are the link's.
    plan: Uint8Array.from(plan),
    publicKey: Uint8Array.from(publicKey),
    signature: Uint8Array.from(signature),
    members: idsOf(members),
    proof: proof.map(({ parent, position, siblings }) => ({
      parent: parent.length === 0 ? undefined : decodeNodeId(parent, "a branch's parent"),
      position,
      siblings: Uint8Array.from(siblings),
    })),
  };
}

export function writeControl({ alias, action, elsewhere, since }: ControlFields): Uint8Array {
  return TreeControl.encode({
    ...{ alias, action },
    elsewhere: BigInt(elsewhere),
    since: BigInt(since),
  }).finish();
}

/** Throws ProtocolError. */
export function readTreeControl(header: Uint8Array): ControlFields {
  const read = decodeMessage(TreeControl, header, 'tree control header');
  const { alias, action, elsewhere, since } = read;
  checkAlias(alias);
  return { alias, action, elsewhere: safe(elsewhere), since: safe(since) };
}

export function writeStatus(alias: number, status: BranchStatus): Uint8Array {
  return TreeStatus.encode({
    alias,
    ready: status.ready,
    acknowledged: BigInt(status.acknowledged),
    holding: status.holding.slice(0, maxHolding),
    lost: status.lost.slice(0, maxLost),
  }).finish();
}

/** Throws ProtocolError. */
export function readStatus(header: Uint8Array): BranchStatus & { readonly alias: number } {
  const read = decodeMessage(TreeStatus, header, 'tree status header');
  const { alias, ready, acknowledged, holding, lost } = read;
  checkAlias(alias);
  if (holding.length > maxHolding || lost.length > maxLost) {
    throw new MalformedFrameError('a tree status names too many members');
  }
  return { alias, ready, acknowledged: safe(acknowledged), holding, lost };
}

function idsOf(bytes: Uint8Array): NodeId[] {
  if (bytes.length === 0 || bytes.length % Id.byteLength !== 0) {
    throw new MalformedFrameError(`a list of NodeIds cannot have ${bytes.length} bytes`);
  }
  const ids: NodeId[] = [];
  for (let at = 0; at < bytes.length; at += Id.byteLength) {
    ids.push(NodeId.fromBytes(bytes.subarray(at, at + Id.byteLength)));
  }
  return ids;
}

function checkAlias(alias: number): void {
  if (alias < 1 || alias > maxAlias) {
    throw new MalformedFrameError(`a tree's alias must be 1 to ${maxAlias}, got ${alias}`);
  }
}
