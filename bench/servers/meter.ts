// Loaded into every measured process before its program: tells what the process has used when the
// benchmark asks, and ends the process with the benchmark.

/** What a process has used, all threads together, as its operating system counts it. */
export interface Reading {
  /** Milliseconds of processor time since the start. */
  readonly cpu: number;
  /** Megabytes of resident memory. */
  readonly memory: number;
}

process.on('message', () => {
  // getrusage: exact to a microsecond, where /proc counts in steps of 10 milliseconds.
  const { user, system } = process.cpuUsage();
  const reading: Reading = {
    cpu: (user + system) / 1000,
    memory: process.memoryUsage.rss() / 1024 / 1024,
  };
  process.send?.(reading);
});
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
// The question that may come keeps no process alive.
process.channel?.unref();
