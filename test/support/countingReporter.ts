/** Mocha's spec reporter, which also leaves its counts in a file: how a runner in another process learns them. */

import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';

export interface TestCounts {
  passed: number;
  failed: number;
  skipped: number;
  /** Full titles of the tests that failed, with the reason. */
  failures: string[];
}

class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const file = process.env.SPARKQ_TEST_COUNTS;
    const failures: string[] = [];
    runner.on(Mocha.Runner.constants.EVENT_TEST_FAIL, (test, error: Error) => {
      failures.push(`${test.fullTitle()}: ${error.message.split('\n', 1)[0]}`);
    });
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
      const { passes, pending } = this.stats;
      const counts: TestCounts = { passed: passes, failed: failures.length, skipped: pending, failures };
      if (file) writeFileSync(file, JSON.stringify(counts));
    });
  }
}

// Mocha loads a reporter by its path and expects the class itself.
module.exports = CountingReporter;
