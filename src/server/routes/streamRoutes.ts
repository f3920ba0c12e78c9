/** Streams: the lanes in which tasks wait. An `{id}` takes the stream's name as well. */

import {
  changedStream,
  manyHosts,
  manyStreams,
  manyStreamWorkers,
  message,
  oneStream,
} from '../answerSchemas';
import { newStream, streamFilter, streamPatch } from '../inputSchemas';
import type { Router } from '../router';
import { someField } from '../validation';

export function addStreamRoutes(router: Router): void {
  const routes = router.group('streams');
  routes.forward('listStreams', 'List streams, newest first', manyStreams, { input: streamFilter });
  routes.forward('createStream', 'Create a stream', oneStream, {
    status: 201,
    input: newStream,
    prepare: ({ session_id, ...input }) => ({ session: session_id, ...input }),
  });
  routes.forward('getStream', 'Get a stream', oneStream);
  routes.forward('listStreamWorkers', 'List the processes that work on active streams', manyStreamWorkers);
  routes.forward('listHosts', 'List the hosts that share the queue', manyHosts);
  routes.forward('updateStream', 'Update a stream', oneStream, { input: streamPatch, prepare: someField });
  routes.forward('endStream', 'End a stream; its queued tasks remain', changedStream, {
    message: 'Stream ended',
  });
  routes.forward('deleteStream', 'Delete a stream without tasks', message, { message: 'Stream deleted' });
  routes.forward('pauseStream', 'Pause a stream', changedStream, { message: 'Stream paused' });
  routes.forward('resumeStream', 'Resume a stream', changedStream, { message: 'Stream resumed' });
}
