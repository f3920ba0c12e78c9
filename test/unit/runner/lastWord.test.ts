import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import type { FailureKind } from '../../../src/core/model';
import { BoundRun } from '../../../src/runner/boundRun';
import { type LastWord, readLastWord } from '../../../src/runner/lastWord';
import type { Verdict } from '../../../src/runner/outcome';
import { boundVariables, proofOf, runPaths } from '../../../src/runner/runFiles';
import { childEnv } from '../../../src/runner/supervisor/childEnv';
import { withLastWord } from '../../../src/runner/wordVerdict';
import { readJson } from '../../../src/system/wholeFiles';
import { withFolder } from '../../support/folders';

const lease = 'a'.repeat(32);
const task = 'tsk_0123456789ab';
const done: LastWord = { outcome: 'done', summary: 'All tests pass', question: null };
const failed: LastWord = { outcome: 'failed', summary: 'The API is gone', question: null };
const asking: LastWord = {
  outcome: 'needs_input',
  summary: 'Half of it is there',
  question: { text: 'Which?', choices: ['this', 'that'] },
};

const facts = { exit_code: 0, stdout_size: 3, agent_session: 'abc' };
const complete: Verdict = { kind: 'complete', completion: { ...facts, result_summary: 'last line' } };
const failure = (kind: FailureKind): Verdict => ({
  kind: 'fail',
  failure: { ...facts, error_message: 'it broke', failure_kind: kind },
});

/** What is defined of the facts and of the rest. */
function plain(verdict: Verdict): unknown {
  return JSON.parse(JSON.stringify(verdict));
}

function runIn(storage: string, { of = task, attempt = 1, proof = proofOf(lease) } = {}): BoundRun {
  const env = {
    SPARKQ_STORAGE: storage,
    SPARKQ_TASK_ID: of,
    SPARKQ_ATTEMPT: String(attempt),
    SPARKQ_RUN_PROOF: proof,
  };
  return BoundRun.in(env) ?? assert.fail();
}

/** With the files of a run that is under way. */
function withRun(use: (storage: string, paths: ReturnType<typeof runPaths>) => void): Promise<void> {
  return withFolder(async (storage) => {
    const paths = runPaths(storage, task, 1);
    mkdirSync(paths.folder);
    writeFileSync(paths.spec, JSON.stringify({ lease }));
    use(storage, paths);
  });
}

function wordIn(file: string, of = lease): { word: LastWord | null; ignored: string[] } {
  const ignored: string[] = [];
  return { word: readLastWord(file, of, (why) => ignored.push(why)), ignored };
}

describe('The last word of a run', () => {
  it('makes its summary the result, and keeps what is known of the run', () => {
    assert.deepEqual(withLastWord(complete, null, null), complete);
    assert.deepEqual(plain(withLastWord(complete, done, null)), {
      kind: 'complete',
      completion: { ...facts, result_summary: 'All tests pass' },
    });
    const printed: Verdict = {
      kind: 'complete',
      completion: { result_summary: 'x', result_data: '{"summary": "x"}' },
    };
    assert.deepEqual(plain(withLastWord(printed, done, 'It slept')), {
      kind: 'complete',
      completion: { result_summary: 'All tests pass (It slept)', result_data: '{"summary": "x"}' },
    });
  });

  it('is a failure although the run ended well', () => {
    for (const verdict of [complete, failure('error')]) {
      assert.deepEqual(plain(withLastWord(verdict, failed, null)), {
        kind: 'fail',
        failure: { ...facts, error_message: 'The API is gone', failure_kind: 'error' },
      });
    }
    assert.deepEqual(withLastWord(failure('timeout'), failed, null), failure('timeout'));
  });

  it('says that it is done, where only its agent or the account of that failed after it', () => {
    for (const kind of ['limited', 'budget', 'auth', 'stalled'] as const)
      assert.equal(withLastWord(failure(kind), done, null).kind, 'complete', kind);
    for (const kind of ['error', 'timeout', 'interrupted', 'cancelled', 'verify'] as const) {
      const verdict = withLastWord(failure(kind), done, null);
      assert.equal(verdict.kind === 'fail' && verdict.failure.failure_kind, kind);
      assert.match(JSON.stringify(verdict), /it broke \(it had said: All tests pass\)/);
    }
  });

  it('is a question however the run ended, unless a person has ended it', () => {
    for (const verdict of [
      complete,
      ...(['error', 'timeout', 'interrupted', 'limited'] as const).map(failure),
    ]) {
      assert.deepEqual(plain(withLastWord(verdict, asking, null)), {
        kind: 'ask',
        asked: { ...facts, ...asking.question },
        said: 'Half of it is there',
      });
    }
    for (const kind of ['cancelled', 'could_not_start'] as const)
      assert.deepEqual(withLastWord(failure(kind), asking, null), failure(kind));
  });

  it('goes before a question that was read from what the agent printed', () => {
    const read: Verdict = { kind: 'ask', asked: { ...facts, text: 'May I run npm publish?' } };
    assert.equal(withLastWord(read, done, null).kind, 'complete');
    assert.equal(withLastWord(read, failed, null).kind, 'fail');
    assert.deepEqual(withLastWord(read, null, null), read);
  });
});

describe('A program in a run', () => {
  it('is bound to it by its environment, and to none outside', () => {
    const spec = {
      ...{ storage: '/storage', task, attempt: 3, env: {}, env_allow: ['NOTHING'], lease },
      ...{ stream: 'lane', file: 'x', args: [], verbatim: false, cwd: '/', stdin: '', deadline: 0 },
      ...{ output_limit: 1, kill_grace_ms: 1, leave_background: false, limited_pattern: null },
    };
    const env = childEnv(spec, {});
    assert.ok(!Object.values(env).includes(lease));
    assert.equal(BoundRun.in(env)?.task, task);
    for (const name of boundVariables) assert.equal(BoundRun.in({ ...env, [name]: undefined }), null, name);
    assert.equal(BoundRun.in({ ...env, SPARKQ_TASK_ID: '../../etc' }), null);
  });

  it('leaves its last word with the files of the run', () =>
    withRun((storage, { word }) => {
      runIn(storage).finish(done);
      runIn(storage).finish(asking);
      assert.deepEqual(wordIn(word), { word: asking, ignored: [] });
    }));

  it('reports progress, and keeps what it does not name', () =>
    withRun((storage, { progress, cancel }) => {
      const run = runIn(storage);
      run.report({ percent: null, message: 'Reading' });
      run.report({ percent: 40, message: null });
      assert.deepEqual(readJson(progress), { percent: 40, message: 'Reading' });
      assert.equal(run.cancelRequested, false);
      writeFileSync(cancel, '');
      assert.equal(run.cancelRequested, true);
    }));

  it('says nothing once the run is over, of another run, or with another proof', () =>
    withRun((storage, { word, exit, progress }) => {
      const strangers = [
        runIn(storage, { proof: proofOf('b'.repeat(32)) }),
        runIn(storage, { attempt: 2 }),
        runIn(storage, { of: 'tsk_ffffffffffff' }),
      ];
      writeFileSync(exit, '{}');
      for (const run of [runIn(storage), ...strangers]) {
        assert.throws(() => run.finish(done), /is over, or this program is no part of it/);
        assert.throws(() => run.report({ percent: 1, message: null }), { code: 'wrong_state' });
      }
      assert.deepEqual([readJson(word), readJson(progress)], [null, null]);
    }));

  it('is refused a question without text, and choices that nobody could read', () =>
    withRun((storage, { word }) => {
      const ask =
        (text: string, choices: string[] = []) =>
        () =>
          runIn(storage).finish({ ...asking, question: { text, choices } });
      assert.throws(ask(' '), { code: 'missing_field' });
      assert.throws(ask('Which?', ['x'.repeat(201)]), { code: 'invalid_field' });
      assert.throws(() => runIn(storage).finish({ ...done, summary: ' ' }), { code: 'missing_field' });
      assert.equal(readJson(word), null);
    }));

  it('has said nothing where its word is of another attempt, or no word', () =>
    withRun((storage, { word }) => {
      assert.deepEqual(wordIn(word), { word: null, ignored: [] });
      runIn(storage).finish(done);
      assert.deepEqual(wordIn(word, 'b'.repeat(32)), { word: null, ignored: ['it is not of this attempt'] });
      const proof = proofOf(lease);
      for (const wrong of [
        {},
        { ...done, outcome: 'won' },
        { ...done, summary: 5 },
        { ...asking, question: null },
        { ...asking, question: { text: 'Which?', choices: 'this' } },
      ]) {
        writeFileSync(word, JSON.stringify({ ...wrong, proof }));
        const { word: read, ignored } = wordIn(word);
        assert.deepEqual([read, ignored.length], [null, 1], JSON.stringify(wrong));
      }
      writeFileSync(word, '{"proof": "');
      assert.equal(wordIn(word).word, null);
    }));
});
