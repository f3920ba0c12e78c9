import assert from 'node:assert/strict';
import type { Completion, Failure } from '../../../src/core/queue';
import { checkSummary } from '../../../src/core/validation';
import { lastLine, verdictOf } from '../../../src/runner/outcome';
import type { ExitRecord } from '../../../src/runner/runFiles';
import { exitRecord } from '../../support/agents/runEnds';

const now = Date.parse('2026-01-31T09:00:00Z');

function completion(more: Partial<ExitRecord>, stdout = '', pattern: string | null = null): Completion {
  const verdict = verdictOf(exitRecord(more), { stdout, stderr: '', check: '' }, pattern, now);
  assert.equal(verdict.kind, 'complete');
  return verdict.completion;
}

function failure(
  more: Partial<ExitRecord>,
  stderr = '',
  pattern: string | null = null,
  stdout = '',
  check = '',
): Failure {
  const verdict = verdictOf(exitRecord(more), { stdout, stderr, check }, pattern, now);
  assert.equal(verdict.kind, 'fail');
  return verdict.failure;
}

describe('the verdict on a run', () => {
  it('is success with the last non-blank line as the summary', () => {
    assert.deepEqual(completion({}, 'one\ntwo\n\n'), {
      exit_code: 0,
      stdout_size: 1,
      stderr_size: 2,
      result_summary: 'two',
    });
    assert.equal(completion({}).result_summary, 'exit 0');
  });

  it('quotes a line without escape sequences', () => {
    assert.equal(completion({}, '\u001b[1;32mall pass\u001b[0m\n\u001b[0m\n').result_summary, 'all pass');
    assert.match(failure({ code: 1 }, '\u001b[31mno such file\u001b[0m\n').error_message, /: no such file$/);
  });

  it('is success whatever the last line is, even if the queue refuses it as a summary', () => {
    for (const line of ['42', 'true', 'null', '{"summary": 5}', '{"summary": ""}']) {
      const { result_summary, result_data } = completion({}, `${line}\n`);
      assert.deepEqual([checkSummary(result_summary), result_data ?? result_summary], [line, line]);
    }
    const { result_summary, result_data } = completion({ result: '{"summary": "5"}' });
    assert.deepEqual([checkSummary(result_summary), result_data], ['5', '{"summary": "5"}']);
  });

  it("prefers the script's own result", () => {
    const result = '{"summary": "3 files", "files": 3}';
    const { result_summary, result_data } = completion({ result }, 'noise');
    assert.deepEqual([result_summary, result_data], ['3 files', result]);
    assert.equal(completion({ result: '{"files": 3}' }, 'last').result_summary, 'last');
  });

  it('mentions processes ended after the script', () => {
    assert.equal(completion({ message: 'One was left.' }, 'done').result_summary, 'done (One was left.)');
  });

  it('is failure with the exit code and the last line of stderr', () => {
    const { error_message, failure_kind, exit_code } = failure({ code: 3 }, 'a\nno such file\n');
    assert.deepEqual([error_message, failure_kind, exit_code], ['exit code 3: no such file', 'error', 3]);
    const crash =
      "\n/w/x.js:1\nthrow new Error('no route')\n^\n\nError: no route\n    at x.js:1:7\n\nNode.js v20.1.0\n";
    assert.equal(failure({ code: 1 }, crash).error_message, 'exit code 1: Error: no route');
    assert.equal(failure({ code: null, signal: 'SIGSEGV' }).error_message, 'ended by SIGSEGV');
  });

  it('distinguishes timeout, cancelled, could not start and interrupted', () => {
    const timeout = failure({ reason: 'timeout', code: null });
    assert.deepEqual(
      [`${timeout.error_type}: ${timeout.error_message}`, timeout.failure_kind],
      ['TIMEOUT: Task timeout (auto-failed)', 'timeout'],
    );
    const lives = failure({ reason: 'timeout', code: null, message: 'Process 12 could not be ended.' });
    assert.equal(lives.error_message, 'Task timeout (auto-failed) (Process 12 could not be ended.)');
    assert.equal(failure({ reason: 'cancelled', code: null }).failure_kind, 'cancelled');
    const missing = failure({ reason: 'could_not_start', message: 'No bash.' });
    assert.deepEqual([missing.error_message, missing.failure_kind], ['No bash.', 'could_not_start']);
    assert.equal(failure({ reason: 'interrupted' }).failure_kind, 'interrupted');
  });

  it('is that of its check where the script has succeeded, with the last line of what that wrote', () => {
    const check = { text: 'npm test', code: 3, signal: null, problem: null };
    const failed = failure({ check, message: 'Slept.' }, 'loud', null, 'made', '1 test\nfailed 1\n');
    assert.deepEqual(
      [failed.error_message, failed.failure_kind, failed.exit_code],
      ['npm test: exit code 3: failed 1 (Slept.)', 'verify', 3],
    );
    const killed = failure({ check: { ...check, code: null, signal: 'SIGKILL' } });
    assert.equal(killed.error_message, 'npm test: ended by SIGKILL');
    assert.equal(killed.exit_code, undefined);
    const missing = failure({ check: { ...check, code: null, problem: 'No npm.' } });
    assert.equal(missing.error_message, 'npm test: No npm.');
    assert.equal(completion({ check: { ...check, code: 0 } }, 'made').result_summary, 'made');
    assert.equal(failure({ reason: 'timeout', code: null, check: undefined }).failure_kind, 'timeout');
  });

  it("is rate-limited if the output matches the tool's pattern", () => {
    const limited = failure(
      { code: 1 },
      'usage limit reached, resets 1769853600\nbye',
      'limit reached.*resets (?<until>\\d+)',
    );
    assert.equal(limited.failure_kind, 'limited');
    assert.equal(limited.retry_after, '2026-01-31T10:00:00.000000Z');
    assert.equal(failure({ code: 1 }, 'usage LIMIT', 'usage limit').retry_after, 300);
    assert.equal(failure({ code: 0 }, '', 'usage limit', 'work\nusage limit\n').failure_kind, 'limited');
  });

  it('does not mistake a report about limits for a limit', () => {
    assert.equal(completion({}, 'fixed the usage limit\ndone\n', 'usage limit').result_summary, 'done');
  });

  it('ignores an invalid pattern', () => {
    assert.equal(failure({ code: 1 }, 'x', '(').failure_kind, 'error');
  });

  it('waits until the time that the pattern captures, with the zone behind it, or that the line says', () => {
    const until = (line: string, pattern: string) =>
      failure({ code: 1 }, `${line}\nbye\n`, pattern).retry_after;
    const zoned = "You've hit your limit · resets 8pm (America/New_York)";
    assert.equal(until(zoned, 'resets (?<until>\\S+)'), '2026-02-01T01:00:00.000000Z');
    assert.equal(until(zoned, 'hit your limit'), '2026-02-01T01:00:00.000000Z');
    assert.equal(until('limit, next 10m then', 'next (?<until>\\d+m)'), '2026-01-31T09:10:00.000000Z');
    assert.equal(until('limit reached, resets some day', 'limit reached'), 300);
  });

  it('shortens a long line', () => {
    assert.equal(lastLine(`${'x'.repeat(2000)}\n`)?.length, 500);
    assert.equal(lastLine(' \n\t\n'), null);
  });
});
