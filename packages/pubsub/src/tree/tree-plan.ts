import { createHash } from 'node:crypto';
import { NodeId, parseUri } from '@macula/core';
import { TreePlan } from '@macula/wire';
import { safe } from '../event-header.ts';
import type { ProofLevel } from './tree-proof.ts';

/** Signs in the name of this node; identity's Signer is one. */
export interface TreeSigner {
  readonly nodeId: NodeId;
  /** SubjectPublicKeyInfo in DER; `nodeId` is its SHA-256. */
  readonly publicKey: Uint8Array;
  sign(data: Uint8Array): Uint8Array;
}

/** Whether `signature` is what the owner of `publicKey` gave for `data`; never throws. identity's verifySignature is one. */
export type TreeVerifier = (
  publicKey: Uint8Array,
  data: Uint8Array,
  signature: Uint8Array,
) => boolean;

/** What a publisher says of one of its trees. */
export interface PlanContent {
  readonly realm: string;
  readonly topic: string;
  readonly epoch: bigint;
  readonly number: number;
  readonly root: Uint8Array;
  /** Every event carries the publisher's signature. */
  readonly sealed: boolean;
}

/** A plan as it travels, unchanged from hop to hop. */
export interface SignedPlan {
  readonly plan: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly signature: Uint8Array;
}

/** A plan that its publisher has signed. */
export interface AuthenticPlan extends PlanContent {
  readonly publisher: NodeId;
}

/** What a parent tells a member of a tree. */
export interface TreeAssignment extends SignedPlan {
  /** The member, then all that are below it. */
  readonly members: readonly NodeId[];
  /** From the member's own level up to the publisher's. */
  readonly proof: readonly ProofLevel[];
}

const purpose = Buffer.from('macula pub/sub tree 1\0');

export function signPlan(signer: TreeSigner, content: PlanContent): SignedPlan {
  const plan = TreePlan.encode({ ...content, number: BigInt(content.number) }).finish();
  const signature = signer.sign(Buffer.concat([purpose, plan]));
  return { plan, publicKey: signer.publicKey, signature };
}

/** The plan, if its signature is good; undefined otherwise. */
export function authenticPlan(signed: SignedPlan, verify: TreeVerifier): AuthenticPlan | undefined {
  const { plan, publicKey, signature } = signed;
  if (!verify(publicKey, Buffer.concat([purpose, plan]), signature)) return undefined;
  try {
    const { number, root, ...content } = TreePlan.decode(plan);
    parseUri(content.topic, 'loose');
    const publisher = NodeId.fromBytes(createHash('sha256').update(publicKey).digest());
    return { ...content, publisher, number: safe(number), root: Uint8Array.from(root) };
  } catch {
    return undefined;
  }
}
