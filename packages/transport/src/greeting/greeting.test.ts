import { beforeAll, describe, expect, it } from '@jest/globals';
import { type NodeId, parseRealm, ProtocolError, WrongRealmError } from '@macula/core';
import {
  authorityAdmission,
  createRealmAuthority,
  type Identity,
  issueRealmCertificate,
  openAdmission,
  type RealmAdmission,
  secretAdmission,
} from '@macula/identity';
import { seededRandom, virtualClock } from '@macula/testkit';
import { FrameKind, FrameTooLargeError, Hello, Proof, VersionMismatchError } from '@macula/wire';
import { sortedIdentities } from '../../test/pool-fixture.ts';
import { NotAdmittedError } from '../errors.ts';
import { Greeting, type GreetingDependencies } from './greeting.ts';
import type { GreetingMessage, GreetingResult, GreetingStep } from './greeting-step.ts';

const realm = parseRealm('be.cortexiq.energy');
const secret = '0123456789abcdef0123456789abcdef';
const random = seededRandom(1);

let a: Identity;
let b: Identity;
let c: Identity;

beforeAll(async () => {
  [a, b, c] = (await sortedIdentities(3)) as [Identity, Identity, Identity];
});

interface SideOptions extends Partial<GreetingDependencies> {
  readonly admission?: RealmAdmission;
}

function side(self: NodeId, peer: NodeId, initiator: boolean, options: SideOptions = {}): Greeting {
  return new Greeting({
    ...{ self, peer, initiator, admission: openAdmission(realm), nonce: random.bytes(32) },
    offer: { versions: [1], features: ['x', 'y'] },
    addresses: [{ host: '192.0.2.1', port: 4433 }],
    agent: 'test 1.0',
    ...options,
  });
}

function dialler(options: SideOptions = {}): Greeting {
  return side(a.nodeId, b.nodeId, true, options);
}

function acceptor(options: SideOptions = {}): Greeting {
  return side(b.nodeId, a.nodeId, false, options);
}

/** Everything that was said, as `> Hello`, and what each side came to. */
interface Conversation {
  readonly said: string[];
  readonly messages: GreetingMessage[];
  readonly results: { dialler?: GreetingResult; acceptor?: GreetingResult };
}

/** Lets both sides talk until they have nothing more to say. */
async function converse(from: Greeting, to: Greeting): Promise<Conversation> {
  const conversation: Conversation = { said: [], messages: [], results: {} };
  const queue = from.opening().map((message) => ({ message, forward: true }));
  expect(to.opening()).toEqual([]);
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { message, forward } = next;
    conversation.said.push(
      `${forward ? '>' : '<'} ${message.kind === FrameKind.hello ? 'Hello' : 'Proof'}`,
    );
    conversation.messages.push(message);
    const step = await (forward ? to : from).receive(message.kind, message.header);
    if (step.result) conversation.results[forward ? 'acceptor' : 'dialler'] = step.result;
    queue.push(...step.messages.map((answer) => ({ message: answer, forward: !forward })));
  }
  return conversation;
}

function now(step: GreetingStep | Promise<GreetingStep>): GreetingStep {
  if (step instanceof Promise) throw new Error('the step takes time');
  return step;
}

describe('a greeting in an open realm', () => {
  it('takes one Hello each, the dialler first', async () => {
    const { said, results } = await converse(dialler(), acceptor());
    expect(said).toEqual(['> Hello', '< Hello']);
    for (const result of [results.dialler, results.acceptor]) {
      expect(result).toEqual({
        version: 1,
        features: new Set(['x', 'y']),
        addresses: [{ host: '192.0.2.1', port: 4433 }],
        agent: 'test 1.0',
      });
    }
  });

  it('agrees on the highest common version and the common features', async () => {
    const { results } = await converse(
      dialler({ offer: { versions: [3, 2, 1], features: ['new', 'x'] } }),
      acceptor({ offer: { versions: [2, 1], features: ['x', 'old'] } }),
    );
    expect(results.dialler).toMatchObject({ version: 2, features: new Set(['x']) });
    expect(results.acceptor).toMatchObject({ version: 2, features: new Set(['x']) });
  });

  it('fails without a common version', async () => {
    const other = acceptor({ offer: { versions: [7], features: [] } });
    await expect(converse(dialler(), other)).rejects.toBeInstanceOf(VersionMismatchError);
  });

  it('says nothing to a node of another realm', () => {
    const [hello] = dialler({ admission: openAdmission(parseRealm('be.other')) }).opening();
    const listener = acceptor();
    expect(() => listener.receive(hello!.kind, hello!.header)).toThrow(WrongRealmError);
  });
});

describe('a greeting in a realm with a secret', () => {
  const knows = (): SideOptions => ({ admission: secretAdmission(realm, secret) });
  const guesses = (): SideOptions => ({ admission: secretAdmission(realm, `${secret}?`) });

  it('proves in both directions, the dialler first', async () => {
    const { said, results } = await converse(dialler(knows()), acceptor(knows()));
    expect(said).toEqual(['> Hello', '< Hello', '> Proof', '< Proof']);
    expect(results.dialler).toBeDefined();
    expect(results.acceptor).toBeDefined();
  });

  it('shows no proof to a dialler that knows another secret', async () => {
    const guesser = dialler(guesses());
    const listener = acceptor(knows());
    const [hello] = guesser.opening();
    const answer = now(listener.receive(hello!.kind, hello!.header));
    expect(answer.messages.map(({ kind }) => kind)).toEqual([FrameKind.hello]);
    const [proof] = now(guesser.receive(FrameKind.hello, answer.messages[0]!.header)).messages;
    expect(() => listener.receive(proof!.kind, proof!.header)).toThrow(NotAdmittedError);
  });

  it('is not opened by an acceptor that knows another secret', async () => {
    // An acceptor that skips its own check, and so can be heard at all.
    const { admission } = guesses();
    const careless: SideOptions = { admission: { ...admission!, verify: () => true } };
    const knowing = dialler(knows());
    await expect(converse(knowing, acceptor(careless))).rejects.toBeInstanceOf(NotAdmittedError);
  });

  it('is refused by a node that admits members in another way', async () => {
    await expect(converse(dialler(knows()), acceptor())).rejects.toBeInstanceOf(NotAdmittedError);
    await expect(converse(dialler(), acceptor(knows()))).rejects.toBeInstanceOf(NotAdmittedError);
  });

  it('takes back neither its own Hello nor its own Proof', () => {
    const mirror = dialler(knows());
    const [hello] = mirror.opening();
    expect(() => mirror.receive(hello!.kind, hello!.header)).toThrow(ProtocolError);

    const honest = dialler(knows());
    honest.opening();
    // The reflector makes up a nonce, gets a proof and sends it back.
    const step = now(honest.receive(FrameKind.hello, helloOf(knows().admission!)));
    expect(() => honest.receive(FrameKind.proof, step.messages[0]!.header)).toThrow(
      NotAdmittedError,
    );
  });

  it('takes no proof from an earlier greeting, nor one made for another node', async () => {
    const { messages } = await converse(dialler(knows()), acceptor(knows()));
    const [hello, , proof] = messages;
    const replayed = acceptor(knows());
    now(replayed.receive(hello!.kind, hello!.header));
    expect(() => replayed.receive(proof!.kind, proof!.header)).toThrow(NotAdmittedError);

    const elsewhere = side(c.nodeId, a.nodeId, false, knows());
    now(elsewhere.receive(hello!.kind, hello!.header));
    expect(() => elsewhere.receive(proof!.kind, proof!.header)).toThrow(NotAdmittedError);
  });

  it('is not completed by a second Hello in place of a Proof', () => {
    const listener = acceptor(knows());
    const [hello] = dialler(knows()).opening();
    now(listener.receive(hello!.kind, hello!.header));
    expect(() => listener.receive(hello!.kind, hello!.header)).toThrow(ProtocolError);
    // And it gives no second chance.
    expect(() => listener.receive(FrameKind.proof, new Uint8Array())).toThrow(ProtocolError);
  });

  it('refuses an empty, a cut and an oversized Proof', () => {
    for (const [header, error] of [
      [new Uint8Array(), NotAdmittedError],
      [new Uint8Array([0x0a, 0x20, 1]), ProtocolError],
      [Proof.encode({ proof: new Uint8Array(20_000) }).finish(), FrameTooLargeError],
    ] as const) {
      const listener = acceptor(knows());
      const [hello] = dialler(knows()).opening();
      now(listener.receive(hello!.kind, hello!.header));
      expect(() => listener.receive(FrameKind.proof, header)).toThrow(error);
    }
  });

  it('lets nobody speak while a proof is being made', async () => {
    const { admission } = knows();
    const slow: RealmAdmission = {
      ...admission!,
      prove: (transcript) => Promise.resolve(admission!.prove(transcript)),
    };
    const talker = dialler({ admission: slow });
    talker.opening();
    const hello = helloOf(admission!);
    const step = talker.receive(FrameKind.hello, hello);
    expect(step).toBeInstanceOf(Promise);
    expect(() => talker.receive(FrameKind.proof, new Uint8Array())).toThrow(ProtocolError);
    const { said } = await converse(dialler({ admission: slow }), acceptor({ admission: slow }));
    expect(said).toHaveLength(4);
  });

  it('fails where this side cannot make its proof', async () => {
    const failing: RealmAdmission = {
      ...knows().admission!,
      prove: () => Promise.reject(new WrongRealmError('no credential')),
    };
    const failure = converse(dialler({ admission: failing }), acceptor(knows()));
    await expect(failure).rejects.toBeInstanceOf(WrongRealmError);
  });
});

describe('a greeting in a realm with an authority', () => {
  it('admits certified nodes, and nobody else', async () => {
    const clock = virtualClock();
    const authority = await createRealmAuthority({ realm, clock, random });
    const member = async (identity: Identity): Promise<SideOptions> => {
      const certificatePem = await issueRealmCertificate({
        ...{ realm, authority, clock, random },
        nodeCertificatePem: identity.certificatePem,
      });
      return {
        admission: authorityAdmission(realm, {
          authorities: [authority.certificatePem],
          clock,
          credential: { certificatePem, signer: identity },
        }),
      };
    };
    const { said } = await converse(dialler(await member(a)), acceptor(await member(b)));
    expect(said).toEqual(['> Hello', '< Hello', '> Proof', '< Proof']);
    const stranger: SideOptions = {
      admission: { ...(await member(c)).admission!, prove: () => new Uint8Array(64) },
    };
    const failure = converse(dialler(stranger), acceptor(await member(b)));
    await expect(failure).rejects.toBeInstanceOf(NotAdmittedError);
  });
});

describe('a Hello', () => {
  const received = (header: Uint8Array, kind: number = FrameKind.hello): GreetingStep =>
    now(acceptor().receive(kind, header));
  const valid: Hello = {
    versions: [1],
    features: [],
    realm,
    nonce: new Uint8Array(32).fill(9),
    addresses: [],
    agent: '',
    admission: 'open',
  };
  const encode = (hello: Partial<Hello>): Uint8Array =>
    Hello.encode({ ...valid, ...hello }).finish();

  it('must come first', () => {
    expect(() => received(encode({}), FrameKind.proof)).toThrow(ProtocolError);
    expect(() => received(encode({}), FrameKind.request)).toThrow(ProtocolError);
  });

  it('must be decodable, of bearable size, and bring a nonce', () => {
    expect(() => received(new Uint8Array([0xff, 0xff, 0xff]))).toThrow(ProtocolError);
    expect(() => received(encode({ agent: 'x'.repeat(9_000) }))).toThrow(FrameTooLargeError);
    expect(() => received(encode({ nonce: new Uint8Array(31) }))).toThrow(ProtocolError);
    expect(() => received(encode({ nonce: new Uint8Array() }))).toThrow(ProtocolError);
  });

  it('may bring fields of later versions', () => {
    const later = new Uint8Array([...encode({}), 0xfa, 0x07, 0x02, 0x68, 0x69]);
    expect(received(later).result).toBeDefined();
  });

  it('is cut to what a node is ready to remember', () => {
    const { result } = received(
      encode({
        features: [...Array.from({ length: 100 }, (_, n) => `f${n}`), 'y'.repeat(100)],
        addresses: [
          'no address',
          '198.51.100.1:99999',
          ...Array.from({ length: 40 }, (_, n) => `198.51.100.1:${n + 1}`),
        ],
        agent: `evil\u0000\n${'x'.repeat(500)}`,
      }),
    );
    expect(result?.addresses).toHaveLength(14);
    expect(result?.agent).toHaveLength(128);
    expect(result?.agent).toMatch(/^evil\?\?x+$/);
  });
});

/** A Hello of somebody else in `admission`'s realm. */
function helloOf(admission: RealmAdmission): Uint8Array {
  const other = side(b.nodeId, a.nodeId, true, { admission });
  return other.opening()[0]!.header;
}
