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
  routes.forward('getStream', { summary: 'Read a stream', answers: { 200: oneStream } });
  routes.forward(
    'updateStream',
    { summary: 'Change a stream', input: streamPatch, answers: { 200: oneStream } },
    someField,
  );
  routes.forward('endStream', {
    summary: 'End a stream; its queued tasks stay',
    answers: { 200: changedStream },
    message: 'Stream ended',
  });
  routes.forward('pauseStream', {
    summary: 'Stop giving out tasks by claim-next',
    answers: { 200: changedStream },
    message: 'Stream paused',
  });
  routes.forward('resumeStream', {
    summary: 'Give out tasks again',
    answers: { 200: changedStream },
    message: 'Stream resumed',
  });
}
