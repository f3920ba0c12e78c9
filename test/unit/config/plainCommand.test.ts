import assert from 'node:assert/strict';
import { labelOfCommand } from '../../../src/config/plainCommand';
import { defaultConfig, outsideTool } from '../../../src/core/config';
import { QueueError } from '../../../src/core/errors';

const { 'run-command': command, 'run-shell': shell, 'run-bash': bash } = defaultConfig.tools;
const labelOf = (payload: unknown, tool = command) => labelOfCommand(JSON.stringify(payload), tool);

describe('The payload of a plain command', () => {
  it('makes its label: the command as one would type it', () => {
    assert.equal(
      labelOf({ argv: ['python', 'fit.py', '--lr=0.1', 'data/a b.csv', ''] }),
      "python fit.py --lr=0.1 'data/a b.csv' ''",
    );
    assert.equal(labelOfCommand('{"argv": ["sleep", 1.10, true]}', command), 'sleep 1.10 true');
    assert.equal(labelOf({ line: ' make test |\n  tee log ' }, shell), 'make test | tee log');
    const long = labelOf({ argv: ['x'.repeat(500)] });
    assert.deepEqual([long?.length, long?.at(-1)], [200, '…']);
  });

  it('is left alone for any other tool', () => {
    assert.equal(labelOf({}, bash), null);
    assert.equal(labelOfCommand('{}', undefined), null);
    assert.equal(labelOf({ argv: 5 }, { ...outsideTool, input: 'argv' }), null);
  });

  it('is refused where it could not be run', () => {
    const refused = (payload: unknown, tool = command) =>
      assert.throws(
        () => labelOf(payload, tool),
        (error) => QueueError.is(error, 'invalid_field'),
        JSON.stringify(payload),
      );
    for (const argv of [undefined, null, [], [''], [' ', 'a'], 'make', [['make']], ['make', null], ['a\0b']])
      refused({ argv });
    for (const line of [undefined, null, '', ' \n', 5, ['make'], 'a\0b']) refused({ line }, shell);
    for (const more of [
      { cwd: 5 },
      { env: [] },
      { env: 'A=b' },
      { env: { 'A=': 'b' } },
      { env: { A: {} } },
      { shell: ['bash'] },
      { problem_matcher: 5 },
      { problem_matcher: ' ' },
      { problem_matcher: ['$tsc', true] },
      { problem_matcher: Array(21).fill('$tsc') },
    ])
      refused({ argv: ['make'], ...more });
    for (const more of [{ cwd: null, env: { A: 1 } }, { problem_matcher: ['$tsc', { pattern: {} }] }])
      assert.equal(labelOf({ argv: ['make'], ...more }), 'make');
  });
});
