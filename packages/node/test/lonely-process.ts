// A process with a node that joins by MACULA_BOOTSTRAP_NODES, answers one question, asks one, stops, and must then end by itself.
import { createNode } from '../src/create-node.ts';

const node = await createNode();
await node.register('test.child.pid', () => process.pid);
const answer = await node.call('test.parent.greet', ['child'], { timeout: 5_000 });
process.stdout.write(`${JSON.stringify({ id: node.id.key, answer })}\n`);
await new Promise<void>((resolve) => {
  void node.subscribe('test.parent.done', () => {
    resolve();
  });
});
await node.stop();
process.stdout.write('stopped\n');
