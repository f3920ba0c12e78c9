/** Streams: the lanes in which tasks wait. An `{id}` takes the stream's name as well. */

import { changedStream, manyStreams, oneStream } from './answerSchemas';
import { newStream, streamFilter, streamPatch } from './inputSchemas';
import type { Router } from './router';
import { someField } from './validation';

export function addStreamRoutes(router: Router): void {
  const routes = router.group('streams');
  routes.forward('listStreams', {
    summary: 'List streams, newest first',
    input: streamFilter,
    answers: { 200: manyStreams },
  });
  routes.forward(
    'createStream',
    { summary: 'Create a stream', input: newStream, answers: { 201: oneStream } },
    ({ session_id, ...input }) => ({ session: session_id, ...input }),
  );
  routes.forward('getStream', { summary: 'Get a stream', answers: { 200: oneStream } });
  routes.forward(
    'updateStream',
    { summary: 'Update a stream', input: streamPatch, answers: { 200: oneStream } },
    someField,
  );
  routes.forward('endStream', {
    summary: 'End a stream; its queued tasks remain',
    answers: { 200: changedStream },
    message: 'Stream ended',
  });
  routes.forward('pauseStream', {
    summary: 'Pause a stream',
    answers: { 200: changedStream },
    message: 'Stream paused',
  });
  routes.forward('resumeStream', {
    summary: 'Resume a stream',
    answers: { 200: changedStream },
    message: 'Stream resumed',
  });
}
