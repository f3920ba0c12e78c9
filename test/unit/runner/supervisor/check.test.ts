import assert from 'node:assert/strict';
import type { AgentOutcome, AgentRecord } from '../../../../src/runner/adapters/agentRun';
import type { LastWord } from '../../../../src/runner/lastWord';
import { verdictOf } from '../../../../src/runner/outcome';
import { type ExitRecord, exitWithoutScript } from '../../../../src/runner/runFiles';
import { isWorthChecking, unchecked } from '../../../../src/runner/supervisor/check';
import { withLastWord } from '../../../../src/runner/wordVerdict';

function exitOf(more: Partial<ExitRecord>): ExitRecord {
  return { ...exitWithoutScript('exited', ''), message: null, code: 0, ...more };
}

const agentOf = (outcome: AgentOutcome): AgentRecord => ({
  ...{ name: 'claude', outcome, text: null, subtype: null, session: null, limit: null, denied: [] },
  usage: { input: null, cached: null, output: null, cost_usd: null, turns: null },
  ...{ asked: null, question: null, lost_session: false },
});
const wordOf = (outcome: LastWord['outcome']): LastWord => ({ outcome, summary: 'x', question: null });

describe('What a run did', () => {
  it('is worth checking where its program or the run itself says that it is done', () => {
    const cases: [ExitRecord, LastWord | null, boolean][] = [
      [exitOf({}), null, true],
      [exitOf({ code: 1 }), null, false],
      [exitOf({ code: 1 }), wordOf('done'), false],
      [exitOf({}), wordOf('needs_input'), false],
      [exitOf({}), wordOf('failed'), false],
      [exitOf({ reason: 'cancelled' }), null, false],
      // Its processes were ended after its end.
      [exitOf({ code: null, agent: agentOf('done') }), null, true],
      [exitOf({ agent: agentOf('failed') }), null, false],
      [exitOf({ agent: agentOf('silent') }), wordOf('done'), false],
      [exitOf({ agent: agentOf('budget') }), null, false],
      [exitOf({ agent: agentOf('budget') }), wordOf('done'), true],
    ];
    for (const [exit, word, expected] of cases)
      assert.equal(isWorthChecking(exit, word), expected, JSON.stringify([exit, word]));
  });

  it('is checked of a script at its limit as well, where it says that it was done by then', () => {
    const exit = exitOf({ code: 1 });
    assert.ok(isWorthChecking(exit, wordOf('done'), true));
    assert.ok(!isWorthChecking(exit, null, true));
    const last = { stdout: 'usage limit', stderr: '', check: 'broken door' };
    const endOf = (code: number, word: LastWord | null) => {
      const check = { text: 'npm test', code, signal: null, problem: null };
      const verdict = withLastWord(verdictOf({ ...exit, check }, last, 'usage limit', 0), word, null);
      return verdict.kind === 'fail' ? verdict.failure.failure_kind : verdict.kind;
    };
    assert.deepEqual([endOf(0, wordOf('done')), endOf(3, wordOf('done'))], ['complete', 'verify']);
    assert.deepEqual([endOf(3, null), endOf(3, wordOf('failed'))], ['limited', 'limited']);
  });

  it('does not count as done where there was no time left to check it', () => {
    const call = { file: 'npm', args: ['test'], verbatim: false, text: 'npm test' };
    const late = exitOf({ reason: 'timeout', code: null, agent: agentOf('done') });
    const kindOf = (exit: ExitRecord) => {
      const verdict = verdictOf(exit, { stdout: '', stderr: '', check: '' }, null, 0);
      return verdict.kind === 'fail' ? verdict.failure.failure_kind : verdict.kind;
    };
    assert.deepEqual([kindOf(late), kindOf(unchecked(late, call))], ['complete', 'timeout']);
    const failed = { text: 'npm test', code: 1, signal: null, problem: null };
    assert.equal(kindOf(exitOf({ agent: agentOf('done'), check: failed })), 'verify');
    assert.equal(kindOf(exitOf({ agent: agentOf('budget'), check: failed })), 'verify');
    assert.equal(kindOf(exitOf({ agent: agentOf('done'), check: { ...failed, code: 0 } })), 'complete');
  });
});
