/** What came of a set of tests: counts, failures, and which took longest. */

export interface TestCounts {
  passed: number;
  failed: number;
  skipped: number;
  /** Full titles of the tests that failed, with the reason. */
  failures: string[];
  /** The tests that took longest, slowest first. */
  slowest: SlowTest[];
  /** Milliseconds of the tests and hooks of each file, by the file's path below `test/`. */
  files: Record<string, number>;
}

export interface SlowTest {
  /** Full title. */
  title: string;
  milliseconds: number;
}

/** How many slow tests a report names. */
const named = 10;

/** The slowest of these tests, slowest first. */
export function slowestOf(tests: readonly SlowTest[]): SlowTest[] {
  return [...tests].sort((a, b) => b.milliseconds - a.milliseconds).slice(0, named);
}

/** What came of all of these together. */
export function sumOf(all: readonly TestCounts[]): TestCounts {
  const total = (of: (counts: TestCounts) => number) => all.reduce((sum, counts) => sum + of(counts), 0);
  return {
    passed: total(({ passed }) => passed),
    failed: total(({ failed }) => failed),
    skipped: total(({ skipped }) => skipped),
    failures: all.flatMap(({ failures }) => failures),
    slowest: slowestOf(all.flatMap(({ slowest }) => slowest)),
    files: Object.assign({}, ...all.map(({ files }) => files)),
  };
}
