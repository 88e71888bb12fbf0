import type { MaculaNode } from '@macula/node';

export type CarriedWay = 'to_mesh' | 'to_router';

/** How bridges of a group tell each other what they have carried. */
export interface CarriedNews {
  tell(way: CarriedWay, digests: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

/** Listens to the fellows' news; resolves when it does. */
export async function carriedNews(
  node: MaculaNode,
  group: string,
  onCarried: (way: CarriedWay, digests: readonly string[]) => void,
): Promise<CarriedNews> {
  const topic = `macula.wamp_bridge.${group}.carried`;
  const subscription = await node.subscribe(topic, ({ args }) => {
    const [way, digests] = args;
    if ((way !== 'to_mesh' && way !== 'to_router') || !Array.isArray(digests)) return;
    onCarried(
      way,
      digests.filter((digest): digest is string => typeof digest === 'string'),
    );
  });
  return {
    tell: (way, digests) => node.publish(topic, [way, digests], { qos: 1, timeout: 5_000 }),
    stop: () => subscription.unsubscribe(),
  };
}
