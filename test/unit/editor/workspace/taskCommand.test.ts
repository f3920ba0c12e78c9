import assert from 'node:assert/strict';
import { commandOfTask } from '../../../../src/editor/workspace/taskCommand';
import { aTask } from '../../../support/sampleRows';

const commandOf = (payload_json: unknown) => commandOfTask(aTask({ payload_json }));

describe('the command of a task', () => {
  it('is its own, or its script with the arguments', () => {
    assert.equal(commandOf({ argv: ['make', 'a b'] }), "make 'a b'");
    assert.equal(commandOf({ line: ' make && echo done ' }), 'make && echo done');
    assert.equal(commandOf({ script_path: 'scripts/构建.sh', args: ['--fast'] }), 'scripts/构建.sh --fast');
  });

  it('is none for other work', () => {
    for (const payload of [null, {}, { prompt: 'Write' }, { argv: [] }, { line: ' ' }, 'text'])
      assert.equal(commandOf(payload), null);
  });
});
