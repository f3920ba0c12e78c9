import assert from 'node:assert/strict';
import type { Usage } from '../../../src/core/model';
import type { Completion, Failure } from '../../../src/core/queue';
import { checkQuestion } from '../../../src/core/validation';
import type { AgentRecord } from '../../../src/runner/adapters/agentRun';
import { verdictOf } from '../../../src/runner/outcome';
import type { ExitRecord } from '../../../src/runner/runFiles';
import { agentRecord, exitRecord } from '../../support/agents/runEnds';

const now = Date.parse('2026-11-26T10:00:00Z');
const nothing: Usage = { input: null, cached: null, output: null, cost_usd: null, turns: null };

function verdict(agent: Partial<AgentRecord>, exit: Partial<ExitRecord> = {}, stderr = '') {
  const ended = exitRecord({ agent: agentRecord(agent), ...exit });
  return verdictOf(ended, { stdout: '{"type":"result"}\n', stderr, check: '' }, 'limit', now);
}

function completion(agent: Partial<AgentRecord>, exit: Partial<ExitRecord> = {}): Completion {
  const found = verdict(agent, exit);
  assert.equal(found.kind, 'complete');
  return found.completion;
}

function failure(agent: Partial<AgentRecord>, exit: Partial<ExitRecord> = {}, stderr = ''): Failure {
  const found = verdict(agent, exit, stderr);
  assert.equal(found.kind, 'fail');
  return found.failure;
}

describe('the verdict on a run of an agent', () => {
  it('is success with its answer as the result, and the first paragraph as the summary', () => {
    const usage = { ...nothing, cost_usd: 0.25 };
    const text = '\nBoth tests pass.\nReally.\n\nThe second one was missing a fixture.\n';
    assert.deepEqual(completion({ text, session: 's1', usage }), {
      exit_code: 0,
      stdout_size: 1,
      stderr_size: 2,
      agent_session: 's1',
      usage,
      result_summary: 'Both tests pass.\nReally.',
      result_data: 'Both tests pass.\nReally.\n\nThe second one was missing a fixture.',
    });
    assert.equal(completion({ text: 'x'.repeat(5_000) }).result_summary.length, 2_000);
    // The queue refuses a bare JSON value as a summary.
    assert.equal(completion({ text: '{"summary": 5}' }).result_data, '{"summary": 5}');
  });

  it('is success without an answer, and says nothing of what nobody knows', () => {
    const found = completion({});
    assert.equal(found.result_summary, 'Done, without an answer');
    assert.deepEqual([found.usage, found.agent_session], [undefined, undefined]);
  });

  it('is success where it was ended after its end, and where its time was up by then', () => {
    const { exit_code, result_summary } = completion({ text: 'Done.' }, { code: 143 });
    assert.deepEqual([exit_code, result_summary], [undefined, 'Done.']);
    assert.equal(completion({ text: 'Done.' }, { reason: 'timeout' }).result_summary, 'Done.');
    assert.equal(failure({ text: 'Done.' }, { reason: 'cancelled' }).failure_kind, 'cancelled');
  });

  it('has what was used of it also where it was cut short', () => {
    const usage = { ...nothing, output: 7 };
    const {
      usage: found,
      agent_session,
      failure_kind,
    } = failure({ outcome: 'silent', session: 's1', usage }, { reason: 'timeout' });
    assert.deepEqual([found, agent_session, failure_kind], [usage, 's1', 'timeout']);
  });

  it('is a limit with its time: a number, or what the text says, or else a quarter of an hour', () => {
    const limited = (until: number | string | null) => {
      const limit = { until, name: '5-hour limit', model: null };
      const { failure_kind, retry_after, error_message } = failure({ outcome: 'limited', limit });
      assert.deepEqual([failure_kind, error_message], ['limited', '5-hour limit']);
      return retry_after;
    };
    assert.equal(limited(now + 60_000), '2026-11-26T10:01:00.000000Z');
    assert.equal(limited("You've hit your limit · resets 8pm (UTC)"), '2026-11-26T20:00:00.000000Z');
    assert.equal(limited('Too many requests'), 900);
    assert.equal(limited(now - 60_000), 900);
    assert.equal(limited(null), 900);
  });

  it('is of the kinds that agents have', () => {
    const kindOf = (agent: Partial<AgentRecord>) => {
      const { failure_kind, error_type, error_message } = failure(agent);
      return [failure_kind, error_type, error_message];
    };
    assert.deepEqual(kindOf({ outcome: 'budget', subtype: 'error_max_turns' }), [
      'budget',
      'BUDGET',
      'Used up: error_max_turns',
    ]);
    assert.deepEqual(kindOf({ outcome: 'login', text: 'Not logged in · Please run /login' }), [
      'auth',
      'AUTH',
      'Not logged in · Please run /login',
    ]);
    assert.deepEqual(kindOf({ outcome: 'stalled' }), [
      'stalled',
      'STALLED',
      'Claude Code said nothing for too long',
    ]);
    assert.deepEqual(kindOf({ outcome: 'stalled', asked: { tool: 'Edit', input: 'a.ts' } }), [
      'stalled',
      'STALLED',
      'Claude Code waited for a permission: Edit (a.ts). What would allow it: permission: acceptEdits',
    ]);
    assert.deepEqual(kindOf({ outcome: 'failed', text: 'API Error: 500\n\nmore' }), [
      'error',
      undefined,
      'API Error: 500',
    ]);
  });

  it('is a question where it was refused a permission, with what would allow it', () => {
    const denied = [
      { tool: 'Bash', input: 'make' },
      { tool: 'Bash', input: 'npm i' },
    ];
    for (const outcome of ['done', 'failed', 'silent'] as const) {
      const found = verdict({ outcome, denied, text: 'I could not test it.\n\nSo.', session: 's1' });
      assert.equal(found.kind, 'ask');
      const { text, choices, agent_session, exit_code } = found.asked;
      assert.equal(
        text,
        'Claude Code was refused: Bash (make) and 1 more. What would allow it: args: [--allowedTools, Bash]',
      );
      assert.deepEqual(choices, ['Go on without it', 'It is allowed now: try again']);
      assert.deepEqual([agent_session, exit_code, found.said], ['s1', 0, 'I could not test it.']);
    }
    for (const outcome of ['limited', 'login', 'budget', 'stalled'] as const)
      assert.equal(verdict({ outcome, denied }).kind, 'fail', outcome);
    for (const reason of ['cancelled', 'interrupted'] as const)
      assert.equal(verdict({ denied }, { reason }).kind, 'fail', reason);
  });

  it('is its own question, also where it waits for the answer until it is stopped', () => {
    const choices = Array.from({ length: 12 }, (_, at) => `${at}`.padEnd(300, '.'));
    const question = { text: ' Which port? ', choices: [' ', ...choices] };
    for (const outcome of ['done', 'stalled'] as const) {
      const found = verdict({ outcome, question });
      assert.equal(found.kind, 'ask');
      assert.equal(found.asked.text, 'Which port?');
      // As many, and as long, as the queue takes.
      assert.deepEqual(checkQuestion('x', found.asked.choices).choices.length, 10);
    }
    assert.equal(verdict({ outcome: 'limited', question }).kind, 'fail');
  });

  it('is failure where it ends without a word, whatever the exit code', () => {
    const silent = (code: number, stderr = '') => {
      const { failure_kind, error_message } = failure({ outcome: 'silent' }, { code }, stderr);
      return [failure_kind, error_message];
    };
    assert.deepEqual(silent(0), ['error', 'Claude Code ended without saying how; exit code 0']);
    assert.deepEqual(silent(1, 'unknown option --x\n'), [
      'error',
      'Claude Code ended without saying how; exit code 1: unknown option --x',
    ]);
    assert.deepEqual(silent(1, 'Not logged in · Please run /login\n')[0], 'auth');
    assert.deepEqual(silent(1, "You've hit your usage limit. Try again at 12:16 PM.\n")[0], 'limited');
    const met = verdict({ outcome: 'silent' }, { code: 1 }, "You've hit your Opus limit for opus-4\n");
    assert.deepEqual(met.kind === 'fail' && [met.limit?.name, met.limit?.model], ['Opus limit', 'opus-4']);
    // What succeeds may have printed anything.
    assert.deepEqual(silent(0, 'Rate limit exceeded\n')[0], 'error');
  });
});
