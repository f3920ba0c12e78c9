import assert from 'node:assert/strict';
import { QueueError } from '../../../../src/core/errors';
import { nameTaken, notFound, wrongState } from '../../../../src/core/refusals';
import { EditorRefusal, explain, lossyFileOf } from '../../../../src/editor/shared/refusal';
import { LostChangesError } from '../../../../src/store/engine/lostChanges';

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

  it('names the file from which changes are lost, and only then', () => {
    const lost = new LostChangesError('/queue/journal-1-0.log', 'It is missing', 2, 0);
    assert.equal(lossyFileOf(lost), '/queue/journal-1-0.log');
    assert.equal(
      lossyFileOf(new QueueError('storage_failed', 'Damaged', undefined, { file: 'x' })),
      undefined,
    );
    assert.equal(lossyFileOf(new Error('boom')), undefined);
  });

  it('has no hint that names a command of the command line', () => {
    assert.equal(explain(notFound('Stream', 'auth')), 'Stream not found: auth');
    assert.equal(
      explain(wrongState('Edit', 'running', 'sparkq cancel tsk_1')),
      'Edit not allowed in running state',
    );
  });
});
