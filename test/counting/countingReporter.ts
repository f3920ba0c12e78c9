/** Mocha's spec reporter, which also leaves its counts in a file: how a runner in another process learns them. */

import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';
import { testFileName } from './fileSeconds';
import { type SlowTest, slowestOf, type TestCounts } from './testCounts';

class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const file = process.env.SPARKQ_TEST_COUNTS;
    const failures: string[] = [];
    const tests: SlowTest[] = [];
    const files: Record<string, number> = {};
    const count = ({ file, duration = 0 }: Mocha.Runnable) => {
      if (file === undefined) return;
      const name = testFileName(file);
      files[name] = (files[name] ?? 0) + duration;
    };
    runner.on(Mocha.Runner.constants.EVENT_TEST_FAIL, (test, error: Error) => {
      failures.push(`${test.fullTitle()}: ${error.message.split('\n', 1)[0]}`);
    });
    runner.on(Mocha.Runner.constants.EVENT_TEST_END, (test) => {
      if (test.duration !== undefined) tests.push({ title: test.fullTitle(), milliseconds: test.duration });
      count(test);
    });
    runner.on(Mocha.Runner.constants.EVENT_HOOK_END, count);
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
      const { passes, pending } = this.stats;
      const counts: TestCounts = {
        passed: passes,
        failed: failures.length,
        skipped: pending,
        failures,
        slowest: slowestOf(tests),
        files,
      };
      if (file) writeFileSync(file, JSON.stringify(counts));
    });
  }
}

// Mocha loads a reporter by its path and expects the class itself.
module.exports = CountingReporter;
