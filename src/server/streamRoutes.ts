/** Streams: the lanes in which tasks wait. An `{id}` takes the stream's name as well. */

import { changedStream, manyStreams, oneStream } from './answers';
import { json, type Routes } from './routes';
import { newStream, streamFilter, streamPatch } from './schemas';
import type { Services } from './services';
import { listed, someField } from './sessionRoutes';

const tag = 'streams';

export function addStreamRoutes(routes: Routes, { queue }: Services): void {
  const path = '/api/streams';
  routes.add(
    {
      method: 'get',
      path,
      tag,
      summary: 'List streams, newest first',
      query: streamFilter,
      answers: { 200: manyStreams },
    },
    async ({ query }) => listed('streams', await queue.listStreams(query)),
  );
  routes.add(
    { method: 'post', path, tag, summary: 'Create a stream', body: newStream, answers: { 201: oneStream } },
    async ({ body: { session_id, ...input }, mutation }) =>
      json({ stream: await queue.createStream({ session: session_id, ...input }, mutation) }, 201),
  );
  routes.add(
    { method: 'get', path: `${path}/{id}`, tag, summary: 'Read a stream', answers: { 200: oneStream } },
    async ({ id }) => ({ stream: await queue.getStream(id) }),
  );
  routes.add(
    {
      method: 'put',
      path: `${path}/{id}`,
      tag,
      summary: 'Change a stream',
      body: streamPatch,
      answers: { 200: oneStream },
    },
    async ({ id, body, mutation }) => ({ stream: await queue.updateStream(id, someField(body), mutation) }),
  );
  routes.add(
    {
      method: 'put',
      path: `${path}/{id}/end`,
      tag,
      summary: 'End a stream; its queued tasks stay',
      answers: { 200: changedStream },
    },
    async ({ id, mutation }) => ({ message: 'Stream ended', stream: await queue.endStream(id, mutation) }),
  );
  routes.add(
    {
      method: 'put',
      path: `${path}/{id}/pause`,
      tag,
      summary: 'Hand out nothing by claim-next',
      answers: { 200: changedStream },
    },
    async ({ id, mutation }) => ({ message: 'Stream paused', stream: await queue.pauseStream(id, mutation) }),
  );
  routes.add(
    {
      method: 'put',
      path: `${path}/{id}/resume`,
      tag,
      summary: 'Hand out tasks again',
      answers: { 200: changedStream },
    },
    async ({ id, mutation }) => ({
      message: 'Stream resumed',
      stream: await queue.resumeStream(id, mutation),
    }),
  );
}
