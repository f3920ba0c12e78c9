import assert from 'node:assert/strict';
import { QueueError } from '../../../../src/core/errors';
import { nameTaken, notFound, wrongState } from '../../../../src/core/refusals';
import { EditorRefusal, explain } from '../../../../src/editor/shared/refusal';

describe('what the editor says about an error', () => {
  it('is what happened, then what to do', () => {
    assert.equal(
      explain(nameTaken('stream', 'auth')),
      'Invalid stream name: auth. The name is taken. Choose another one.',
    );
    assert.equal(explain(new QueueError('internal', 'Broken!', 'Try again.')), 'Broken! Try again.');
    assert.equal(explain(new EditorRefusal('Open a folder first.')), 'Open a folder first.');
    assert.equal(explain(new Error('boom')), 'boom');
  });

  it('has no hint that names a command of the command line', () => {
    assert.equal(explain(notFound('Stream', 'auth')), 'Stream not found: auth');
    assert.equal(
      explain(wrongState('Edit', 'running', 'sparkq cancel tsk_1')),
      'Edit not allowed in running state',
    );
  });
});
