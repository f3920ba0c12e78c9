import assert from 'node:assert/strict';
import type { TaskWarning } from '../../../src/core/model';
import { english } from '../../../src/core/translator';
import { payloadWarningOf, warningIn, warningsOf, warningsToShow } from '../../../src/core/waiting';
import { aTask } from '../../support/sampleRows';

const outside = (skips: boolean) =>
  warningsOf({ tool_name: 'outside', runnable: false, stream: { name: 'lane', skips } });

describe('Warnings about a queued task', () => {
  it('say that its tool has no command, and whether others wait for it', () => {
    assert.deepEqual(outside(false), [
      {
        code: 'blocks_stream',
        values: { tool: 'outside', stream: 'lane' },
        message:
          'Tool outside has no command here: the task waits for an outside worker, and stream lane waits for the task.',
      },
    ]);
    assert.deepEqual(outside(true), [
      {
        code: 'outside_worker',
        values: { tool: 'outside' },
        message: 'Tool outside has no command here: the task waits for an outside worker.',
      },
    ]);
    const ours = warningsOf({ tool_name: 'x', runnable: true, stream: { name: 'lane', skips: false } });
    assert.deepEqual(ours, []);
  });

  it('say what the payload lacks, if the runner would run it', () => {
    const lane = { name: 'lane', skips: false };
    const warned = warningsOf({ tool_name: 'run-bash', runnable: true, stream: lane, missing: 'no_script' });
    assert.deepEqual(
      warned.map(({ code, values }) => ({ code, values })),
      [{ code: 'no_script', values: { tool: 'run-bash' } }],
    );
    assert.match(warned[0]?.message ?? '', /tool run-bash needs: \{"script_path": "scripts/);
    assert.equal(payloadWarningOf({ warnings: warned }), warned[0]);
    assert.equal(payloadWarningOf({ warnings: outside(false) }), undefined);
  });

  it('are shown once each, and not for a parked task', () => {
    const tasks = [
      aTask({ warnings: outside(false) }),
      aTask({ warnings: outside(true), parked: true }),
      aTask({ warnings: outside(false) }),
      aTask(),
    ];
    assert.deepEqual(warningsToShow(tasks), outside(false));
  });

  it('are translated, but for those that only a newer program knows', () => {
    const shouting = {
      t: (text: string, ...values: unknown[]) => `${text.toUpperCase()} ${values.join('+')}`,
    };
    const [warning] = outside(false) as [TaskWarning];
    assert.match(warningIn(warning, shouting), /^TOOL .* outside\+lane$/);
    const newer = { code: 'newer', values: {}, message: 'Something new.' } as unknown as TaskWarning;
    assert.equal(warningIn(newer, english), 'Something new.');
  });
});
