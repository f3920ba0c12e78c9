import assert from 'node:assert/strict';
import type { AgentOutcome } from '../../../../src/runner/adapters/agentRun';
import type { LastWord } from '../../../../src/runner/lastWord';
import { verdictOf } from '../../../../src/runner/outcome';
import type { ExitRecord } from '../../../../src/runner/runFiles';
import { isWorthChecking, unchecked } from '../../../../src/runner/supervisor/check';
import { withLastWord } from '../../../../src/runner/wordVerdict';
import { agentRecord, exitRecord } from '../../../support/agents/runEnds';

const agentOf = (outcome: AgentOutcome) => agentRecord({ outcome });
const wordOf = (outcome: LastWord['outcome']): LastWord => ({ outcome, summary: 'x', question: null });

describe('What a run did', () => {
  it('is worth checking where its program or the run itself says that it is done', () => {
    const cases: [ExitRecord, LastWord | null, boolean][] = [
      [exitRecord({}), null, true],
      [exitRecord({ code: 1 }), null, false],
      [exitRecord({ code: 1 }), wordOf('done'), false],
      [exitRecord({}), wordOf('needs_input'), false],
      [exitRecord({}), wordOf('failed'), false],
      [exitRecord({ reason: 'cancelled' }), null, false],
      // Its processes were ended after its end.
      [exitRecord({ code: null, agent: agentOf('done') }), null, true],
      [exitRecord({ agent: agentOf('failed') }), null, false],
      [exitRecord({ agent: agentOf('silent') }), wordOf('done'), false],
      [exitRecord({ agent: agentOf('budget') }), null, false],
      [exitRecord({ agent: agentOf('budget') }), wordOf('done'), true],
    ];
    for (const [exit, word, expected] of cases)
      assert.equal(isWorthChecking(exit, word), expected, JSON.stringify([exit, word]));
  });

  it('is checked of a script at its limit as well, where it says that it was done by then', () => {
    const exit = exitRecord({ code: 1 });
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
    const late = exitRecord({ reason: 'timeout', code: null, agent: agentOf('done') });
    const kindOf = (exit: ExitRecord) => {
      const verdict = verdictOf(exit, { stdout: '', stderr: '', check: '' }, null, 0);
      return verdict.kind === 'fail' ? verdict.failure.failure_kind : verdict.kind;
    };
    assert.deepEqual([kindOf(late), kindOf(unchecked(late, call))], ['complete', 'timeout']);
    const failed = { text: 'npm test', code: 1, signal: null, problem: null };
    assert.equal(kindOf(exitRecord({ agent: agentOf('done'), check: failed })), 'verify');
    assert.equal(kindOf(exitRecord({ agent: agentOf('budget'), check: failed })), 'verify');
    assert.equal(kindOf(exitRecord({ agent: agentOf('done'), check: { ...failed, code: 0 } })), 'complete');
  });
});
