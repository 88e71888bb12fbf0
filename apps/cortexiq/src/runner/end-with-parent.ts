// Loaded before a program that knows nothing of the demo: ends it in order when the runner is gone.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
// The channel itself keeps nobody alive.
process.channel?.unref();
