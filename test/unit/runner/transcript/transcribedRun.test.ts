import assert from 'node:assert/strict';
import type { Attempt } from '../../../../src/core/model';
import { transcribedRun } from '../../../../src/runner/transcript/transcribedRun';

function attempt(number: number, more: Partial<Attempt> = {}): Attempt {
  return { number, tool_name: null, agent_session: null, ...more } as Attempt;
}

describe('whether a run has a transcript', () => {
  const task = { tool_name: 'review' };
  const agentOf = (tool: string) => ({ review: 'claude', other: 'codex', build: null })[tool];

  it('follows from the tool that ran it', () => {
    const attempts = [attempt(1), attempt(2, { tool_name: 'other' }), attempt(3, { tool_name: 'build' })];
    const of = (number: number) => transcribedRun(task, attempts, number, agentOf);
    assert.deepEqual(of(1), { agent: 'claude', resumed: false });
    assert.deepEqual(of(2), { agent: 'codex', resumed: false });
    assert.equal(of(3), null);
    assert.equal(transcribedRun({ tool_name: 'gone' }, attempts, 1, agentOf), null);
    assert.equal(
      transcribedRun(task, attempts, 1, () => 'newer'),
      null,
    );
  });

  it('it may go on with a session of an earlier attempt, until it is known to have one of its own', () => {
    const resumed = (own: string | null) =>
      transcribedRun(
        task,
        [attempt(1, { agent_session: 'a' }), attempt(2, { agent_session: own })],
        2,
        agentOf,
      )?.resumed;
    assert.equal(resumed(null), true);
    assert.equal(resumed('a'), true);
    assert.equal(resumed('b'), false);
  });
});
