import assert from 'node:assert/strict';
import { endLine } from '../../../../src/cli/terminal/tables';
import { aTask } from '../../../support/sampleRows';

describe('The line about a task that ran', () => {
  it('says what it asks, and not what an earlier attempt died of', () => {
    const question = { text: 'Drop it?\nOr keep it?', choices: [], asked_at: '2026-01-31T09:00:00.000000Z' };
    const task = aTask({ id: 'tsk_0123456789ab', status: 'queued', error: 'exit code 1', question });
    assert.equal(endLine(task), 'Task tsk_0123456789ab asks: Drop it? Or keep it?');
    assert.match(endLine({ ...task, question: null }), /^Task tsk_0123456789ab queued: exit code 1$/);
  });
});
