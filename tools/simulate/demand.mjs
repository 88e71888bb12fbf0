/** Whoever misses a figure says so, and the program ends with 1; what else there is to measure is measured all the same. */
export function demand(holds, what) {
  if (holds) return;
  console.error(`failed: ${what}`);
  process.exitCode = 1;
}
