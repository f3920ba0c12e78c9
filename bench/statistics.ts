/** Figures of one measured phase. */
export interface Figure {
  /** Operations per second. */
  rate: number;
  /** Milliseconds from the call to the answer. */
  p50: number;
  p99: number;
  operations: number;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

/** The value below which a `share` (0 to 1) of the values lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

/** Medians of several rounds, figure by figure. */
export function medianFigure(rounds: readonly Figure[]): Figure {
  return {
    rate: median(rounds.map((round) => round.rate)),
    p50: median(rounds.map((round) => round.p50)),
    p99: median(rounds.map((round) => round.p99)),
    operations: rounds.reduce((sum, round) => sum + round.operations, 0),
  };
}

/**
 * Calls `operation` from `callers` loops at once, until it answers false, `most` calls are done or `milliseconds`
 * have passed.
 */
export async function measure(
  callers: number,
  most: number,
  milliseconds: number,
  operation: (index: number) => Promise<boolean>,
): Promise<Figure> {
  const latencies: number[] = [];
  let next = 0;
  const start = performance.now();
  const end = start + milliseconds;
  const caller = async () => {
    while (next < most && performance.now() < end) {
      const index = next++;
      const called = performance.now();
      if (!(await operation(index))) return;
      latencies.push(performance.now() - called);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  const elapsed = performance.now() - start;
  return {
    rate: (latencies.length / elapsed) * 1000,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    operations: latencies.length,
  };
}
