import assert from 'node:assert/strict';
import type { AgentName } from '../../../../src/core/config';
import { AgentWatch } from '../../../../src/runner/supervisor/agentWatch';
import { FakeClock } from '../../../support/fakeClock';

const minute = 60_000;

class Watched {
  readonly clock = new FakeClock();
  ended = 0;
  answers = 0;
  readonly watch: AgentWatch;

  constructor(name: AgentName = 'copilot') {
    const start = { name, resumes: null, begins: null, earlier: null, idle_timeout: 600, end_grace: 10 };
    this.watch = new AgentWatch(
      start,
      () => {
        this.ended += 1;
      },
      this.clock,
      () => {
        this.answers += 1;
      },
    );
  }

  says(type: string, data: object = {}, more: object = {}): void {
    this.watch.push(Buffer.from(`${JSON.stringify({ type, data, ...more })}\n`));
  }

  /** Ended after so long and not before, milliseconds. */
  endsAfter(ms: number): void {
    this.clock.advance(ms - 1);
    assert.equal(this.ended, 0);
    this.clock.advance(1);
    assert.equal(this.ended, 1);
    this.clock.advance(60 * minute);
    assert.equal(this.ended, 1);
  }
}

describe('a run of an agent', () => {
  it('tells of the first answer of its model, once', () => {
    const run = new Watched();
    run.says('assistant.turn_start');
    assert.equal(run.answers, 0);
    run.says('assistant.message', { content: 'I look.' });
    run.says('assistant.message', { content: 'Done.' });
    assert.equal(run.answers, 1);
  });

  it('is ended as stalled after ten minutes of silence', () => {
    const run = new Watched();
    run.clock.advance(9 * minute);
    run.says('assistant.turn_start');
    run.clock.advance(9 * minute);
    run.watch.stir();
    run.endsAfter(10 * minute);
    assert.equal(run.watch.finish(143).outcome, 'stalled');
  });

  it('may be silent for as long as it likes while a call is at work', () => {
    const run = new Watched();
    run.says('tool.execution_start', { toolCallId: '1', toolName: 'bash' });
    run.clock.advance(300 * minute);
    assert.equal(run.ended, 0);
    run.says('tool.execution_complete', { toolCallId: '1', success: true });
    run.endsAfter(10 * minute);
  });

  it('is ended while it waits for a permission, and says which', () => {
    const run = new Watched();
    run.says('tool.execution_start', { toolCallId: '1', toolName: 'bash' });
    run.says('permission.requested', { permissionRequest: { kind: 'shell', fullCommandText: 'make' } });
    run.endsAfter(10 * minute);
    const { outcome, asked } = run.watch.finish(null);
    assert.deepEqual([outcome, asked], ['stalled', { tool: 'shell', input: 'make' }]);
  });

  it('is ended ten seconds after its end, whatever else prints, and has succeeded', () => {
    const run = new Watched();
    run.says('assistant.message', { content: 'Done.' });
    run.says('result', {}, { exitCode: 0, sessionId: 'a' });
    run.clock.advance(9_000);
    run.watch.push(Buffer.from('a server says something\n'));
    run.watch.stir();
    run.endsAfter(1_000);
    const { outcome, text } = run.watch.finish(143);
    assert.deepEqual([outcome, text], ['done', 'Done.']);
  });

  it('is left alone for as long as it goes on after its end', () => {
    const run = new Watched('opencode');
    const step = (reason: string) => run.says('step_finish', {}, { part: { reason } });
    step('stop');
    run.clock.advance(9_000);
    step('tool-calls');
    run.clock.advance(9_000);
    step('stop');
    run.endsAfter(10_000);
  });

  it('does not grow older while it is suspended', () => {
    const run = new Watched();
    run.clock.advance(9 * minute);
    run.watch.setSuspended(true);
    run.clock.advance(60 * minute);
    // What was in the pipe may still come.
    run.says('assistant.turn_start');
    run.clock.advance(60 * minute);
    run.watch.setSuspended(false);
    run.endsAfter(10 * minute);
  });

  it('is not ended once it has ended', () => {
    const run = new Watched();
    run.watch.stop();
    run.says('assistant.turn_start');
    run.clock.advance(60 * minute);
    assert.equal(run.ended, 0);
    assert.equal(run.watch.finish(1).outcome, 'silent');
  });
});
