import type { MaculaNode } from '@macula/node';

/** Publishes with QoS 1: resolves when every subscriber has it. */
export async function publishOnce(
  node: MaculaNode,
  topic: string,
  value: unknown,
  options: { readonly timeout: number; readonly signal: AbortSignal },
): Promise<void> {
  await node.publish(topic, value, { qos: 1, timeout: options.timeout, signal: options.signal });
}
