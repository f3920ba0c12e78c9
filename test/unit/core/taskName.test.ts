import assert from 'node:assert/strict';
import { nameOfTask } from '../../../src/core/taskName';
import { aTask } from '../../support/sampleRows';

describe('The name of a task', () => {
  it('is its label, its script, its prompt or its tool, in this order', () => {
    const payload = { script_path: 'scripts/db/seed.sh', prompt: 'Write a poem\nabout rows' };
    assert.equal(nameOfTask(aTask({ label: 'Seed', payload_json: payload })), 'Seed');
    assert.equal(nameOfTask(aTask({ payload_json: payload })), 'seed.sh');
    assert.equal(nameOfTask(aTask({ payload_json: { prompt: payload.prompt } })), 'Write a poem');
    assert.equal(nameOfTask(aTask({ payload_json: null, tool_name: 'run-bash' })), 'run-bash');
  });

  it('is cut if it is too long for a line', () => {
    const name = nameOfTask(aTask({ label: 'x'.repeat(200) }));
    assert.equal(name.length, 80);
    assert.ok(name.endsWith('…'));
  });
});
