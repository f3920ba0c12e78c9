/** The door of HTTP: every operation as the request that does it, every refusal checked for its one shape. */

import assert from 'node:assert/strict';
import type { Page } from '../../src/core/model';
import type { Answer } from '../support/httpAnswer';
import { type Door, type Operations, Refusal, statusOfCode } from './door';
import { HttpClient } from './httpClient';
import { type Owner, ownerToken } from './owner';

export function httpDoor(owner: Owner): Door {
  return {
    name: 'http',
    queue: httpOperations(new HttpClient(owner.port, ownerToken)),
    behind: owner.queue,
    clock: owner.clock,
    close: () => owner.close(),
  };
}

/** The refusal that an answer is; fails when its body is not that of a refusal. */
export function refusalOf(answer: Answer): Refusal {
  const { status, json, text } = answer;
  assert.equal(typeof json, 'object', `No JSON: ${status} ${text}`);
  const { error, status: repeated, code, hint, details, ...more } = json;
  assert.deepEqual(more, {}, 'further fields in a refusal');
  assert.match(error, /^Error: \S/);
  assert.equal(repeated, status);
  assert.ok(typeof hint === 'string' && hint !== '', `no hint: ${text}`);
  assert.ok(Object.hasOwn(statusOfCode, code), `unknown machine word ${code}`);
  assert.equal(status, statusOfCode[code], text);
  return new Refusal(error.slice('Error: '.length), { code, status, hint, details });
}

/** The JSON of an answer with this status. @throws Refusal */
function answered(answer: Answer, status = 200) {
  if (answer.status >= 400) throw refusalOf(answer);
  assert.equal(answer.status, status, answer.text);
  return answer.json;
}

function pageOf<T>(name: string, answer: Answer): Page<T> {
  const { [name]: items, total, limit, offset } = answered(answer);
  return { items, total, limit, offset };
}

function queryOf(parameters: object): string {
  const pairs = Object.entries(parameters).filter(([, value]) => value !== undefined);
  return new URLSearchParams(
    pairs.map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
}

export function httpOperations(http: HttpClient): Operations {
  const task = (id: string, rest = '') => `/api/tasks/${encodeURIComponent(id)}${rest}`;
  const stream = (name: string, rest = '') => `/api/streams/${encodeURIComponent(name)}${rest}`;
  const session = (name: string, rest = '') => `/api/sessions/${encodeURIComponent(name)}${rest}`;
  const act = async (id: string, verb: string, body?: object) =>
    answered(await http.post(task(id, `/${verb}`), body)).task;
  return {
    createSession: async (input) => answered(await http.post('/api/sessions', input)).session,
    getSession: async (id) => answered(await http.get(session(id))).session,
    listSessions: async (filter = {}) =>
      pageOf('sessions', await http.get(`/api/sessions?${queryOf(filter)}`)),
    endSession: async (id) => answered(await http.put(session(id, '/end'))).session,
    createStream: async ({ session: session_id, ...input }) =>
      answered(await http.post('/api/streams', { session_id, ...input }), 201).stream,
    getStream: async (id) => answered(await http.get(stream(id))).stream,
    listStreams: async (filter = {}) => pageOf('streams', await http.get(`/api/streams?${queryOf(filter)}`)),
    updateStream: async (id, patch) => answered(await http.put(stream(id), patch)).stream,
    pauseStream: async (id) => answered(await http.put(stream(id, '/pause'))).stream,
    resumeStream: async (id) => answered(await http.put(stream(id, '/resume'))).stream,
    endStream: async (id) => answered(await http.put(stream(id, '/end'))).stream,
    enqueue: async ({ stream: stream_id, ...input }) => {
      const { task, duplicate = false } = answered(await http.post('/api/tasks', { stream_id, ...input }));
      return { task, duplicate };
    },
    getTask: async (id) => answered(await http.get(task(id))).task,
    listTasks: async (filter = {}) => pageOf('tasks', await http.get(`/api/tasks?${queryOf(filter)}`)),
    peek: async (id) => {
      const answer = await http.get(stream(id, '/peek'));
      return answer.status === 204 ? null : answered(answer);
    },
    claimNext: async (id, request) => {
      const answer = await http.post(stream(id, '/claim'), request);
      return answer.status === 204 ? null : answered(answer);
    },
    claimTask: async (id, request) => answered(await http.post(task(id, '/claim'), request)),
    heartbeat: async (id, beat) => answered(await http.post(task(id, '/heartbeat'), beat)),
    complete: (id, completion) => act(id, 'complete', completion),
    fail: (id, failure) => act(id, 'fail', failure),
    ask: (id, asked) => act(id, 'ask', asked),
    answer: (id, given) => act(id, 'answer', given),
    cancel: (id) => act(id, 'cancel'),
    suspend: (id) => act(id, 'suspend'),
    continue: (id) => act(id, 'continue'),
    requeue: (id, input) => act(id, 'requeue', input),
    editTask: async (id, patch) => answered(await http.put(task(id), patch)).task,
    moveTask: (id, move) => act(id, 'move', move),
    reviewTask: (id, review) => act(id, 'review', review),
    parkTask: (id) => act(id, 'park'),
    unparkTask: (id) => act(id, 'unpark'),
    deleteTask: async (id) => {
      answered(await http.send('DELETE', task(id)));
    },
    undeleteTask: (id) => act(id, 'undelete'),
    listAttempts: async (id) => answered(await http.get(task(id, '/attempts'))).attempts,
    readOutput: async (id, request) => {
      const answer = await http.get(task(id, `/output?${queryOf(request)}`));
      if (answer.status !== 200) throw refusalOf(answer);
      const dropped = /^(\d+)-(\d+)$/.exec(String(answer.headers['x-dropped'] ?? ''));
      return {
        text: answer.text,
        size: Number(answer.headers['x-size']),
        next_offset: Number(answer.headers['x-next-offset']),
        dropped: dropped ? { from: Number(dropped[1]), to: Number(dropped[2]) } : null,
      };
    },
    purge: async (request) => answered(await http.post('/api/purge', request)),
    listHistory: async (filter = {}) => answered(await http.get(`/api/history?${queryOf(filter)}`)),
    eraseHistory: async (id) => {
      answered(await http.send('DELETE', `/api/history/${id}`));
    },
    listTools: async () => answered(await http.get('/api/tools')).tools,
    reload: async () => {
      answered(await http.post('/api/reload'));
    },
    stats: async () => answered(await http.get('/stats')),
  };
}
