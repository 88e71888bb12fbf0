/** One caller, one callee that echoes: one call after the other (once to warm up, once measured), then 64 at a time. */
export async function measureCalls(
  workers,
  context,
  { count, sequentialCount, size = 128, inFlight = 64 },
) {
  const name = 'bench.echo';
  const callee = workers.start();
  const caller = workers.start();
  const address = await callee.ask('create', { ...context, role: 'callee' });
  await caller.ask('create', { ...context, role: 'caller' });
  await callee.ask('serve', { name });
  await caller.ask('connect', { addresses: [address] });
  await caller.ask('ready', { name });
  await caller.ask('parallel', { name, count: 500, size, inFlight: 8 });
  await caller.ask('sequential', { name, count: sequentialCount, size });
  const sequential = await caller.ask('sequential', { name, count: sequentialCount, size });
  const parallel = await caller.ask('parallel', { name, count, size, inFlight });
  return { callP50: sequential.p50, callP99: sequential.p99, callsPerSecond: parallel.perSecond };
}
