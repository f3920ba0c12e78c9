/** Sessions and streams. */

import assert from 'node:assert/strict';
import { type Case, idPattern, instantPattern, newLane, newName, refuses, some } from '../door';

export const laneCases: readonly Case[] = [
  {
    name: 'a session has its columns, is listed newest first, and ends only once',
    rows: [
      'model.session',
      'life.session',
      'words.instant',
      'words.ids',
      'decided.order',
      'decided.ended-session',
    ],
    async run({ queue, behind }) {
      const name = newName('session');
      const session = await queue.createSession({ name: `  ${name} `, description: 'What for' });
      assert.match(session.id, idPattern('ses'));
      assert.match(session.project_id, idPattern('prj'));
      for (const at of [session.started_at, session.created_at, session.updated_at]) {
        assert.match(at, instantPattern);
      }
      const { id } = session;
      const columns = { name, description: 'What for', status: 'active', ended_at: null };
      assert.deepEqual({ ...session, ...columns }, session);
      const later = await behind.createSession({ name: newName('session') });
      const stream = await behind.createStream({ session: id, name: newName('lane') });
      const { items } = await queue.listSessions();
      assert.deepEqual(
        items.slice(0, 2).map((one) => one.id),
        [later.id, id],
      );
      const ended = await queue.endSession(name);
      assert.equal(ended.status, 'ended');
      assert.match(some(ended.ended_at), instantPattern);
      assert.equal((await behind.getStream(stream.id)).status, 'ended');
      await refuses(queue.endSession(id), 'wrong_state', /ended/);
      await refuses(queue.createStream({ session: id, name: newName('lane') }), 'session_ended', /ended/);
    },
  },
  {
    name: 'a stream has its columns and a unique name, and ends only once',
    rows: ['model.stream', 'life.stream', 'decided.ended-stream', 'decided.name-or-id', 'words.foreign-keys'],
    async run(door) {
      const { queue, behind } = door;
      const session = await behind.createSession({ name: newName('session') });
      const name = newName('lane');
      const stream = await queue.createStream({ session: session.name, name, instructions: 'Be brief' });
      assert.match(stream.id, idPattern('str'));
      assert.match(stream.created_at, instantPattern);
      const columns = {
        session_id: session.id,
        name,
        instructions: 'Be brief',
        status: 'active',
        ended_at: null,
        paused: false,
        parallelism: 1,
        on_failure: 'continue',
        autostart: false,
        working: false,
        skip_unrunnable: false,
      };
      assert.deepEqual({ ...stream, ...columns }, stream);
      await refuses(queue.createStream({ session: session.id, name }), 'name_taken', new RegExp(name));
      await refuses(
        queue.createStream({ session: 'ses_000000000000', name: newName('lane') }),
        'not_found',
        /Session not found: ses_000000000000/,
      );
      const second = await behind.createStream({ session: session.id, name: newName('lane') });
      const { items } = await queue.listStreams({ session_id: session.id });
      assert.deepEqual(
        items.map((one) => one.id),
        [second.id, stream.id],
      );
      const { task } = await behind.enqueue({ stream: name, tool_name: 'llm-haiku' });
      assert.equal((await queue.endStream(stream.id)).status, 'ended');
      await refuses(queue.endStream(name), 'wrong_state', /ended/);
      await refuses(queue.enqueue({ stream: name, tool_name: 'llm-haiku' }), 'stream_ended', /ended/);
      await refuses(queue.claimNext(name), 'stream_ended', /ended/);
      await refuses(queue.claimTask(task.id), 'stream_ended', /ended/);
      assert.equal((await queue.peek(name))?.task.id, task.id);
      assert.equal((await queue.getTask(task.id)).status, 'queued');
      assert.equal((await queue.moveTask(task.id, { stream: second.name })).stream_id, second.id);
      assert.equal((await queue.claimNext(second.id))?.task.id, task.id);
      assert.equal((await queue.endStream(second.name)).id, second.id);
    },
  },
  {
    name: 'names have 1-200 characters and are not ambiguous',
    rows: ['words.names'],
    async run({ queue, behind }) {
      const session = await behind.createSession({ name: newName('session') });
      const bad = ['   ', '.', '..', 'x'.repeat(201), 'a\nb', 'tsk_0a1b2c3d4e5f', 'ses_0a1b2c3d4e5f'];
      const code = (name: string) => (name.trim() === '' ? 'missing_field' : 'invalid_field');
      const create = (name: string, at: number) =>
        at % 2 === 0 ? queue.createSession({ name }) : queue.createStream({ session: session.id, name });
      await Promise.all(bad.map((name, at) => refuses(create(name, at), code(name), /name/)));
      const long = newName('x').padEnd(200, 'ü');
      assert.equal((await queue.createStream({ session: session.id, name: ` ${long}` })).name, long);
      for (const name of ['a/b', 'Größe 100 %', '-x-'].map((word) => `${newName('odd')}${word}`)) {
        await behind.createStream({ session: session.id, name });
        assert.equal((await queue.getStream(name)).name, name);
        assert.equal(await queue.claimNext(name), null);
      }
    },
  },
  {
    name: 'an ambiguous session name is refused with both ids',
    rows: ['decided.name-or-id', 'decided.session-names'],
    async run({ name: door, queue, behind }) {
      const name = newName('double');
      const first = await behind.createSession({ name });
      if (door === 'cli') {
        const { message } = await refuses(queue.createSession({ name }), 'name_taken');
        assert.equal(message, `Invalid session name: ${name}`);
      }
      const second =
        door === 'cli' ? await behind.createSession({ name }) : await queue.createSession({ name });
      const { message } = await refuses(queue.endSession(name), 'conflict', /ambiguous/);
      assert.ok(message.includes(first.id) && message.includes(second.id), message);
      assert.equal((await queue.endSession(second.id)).id, second.id);
      assert.equal((await behind.getSession(first.id)).status, 'active');
    },
  },
  {
    name: 'a stream is changed, paused and resumed',
    rows: ['PUT /api/streams/{id}', 'PUT /api/streams/{id}/pause', 'POST /api/streams/{id}/claim'],
    async run(door) {
      const { queue } = door;
      const lane = await newLane(door);
      const patch = { instructions: 'Slowly', parallelism: 3, on_failure: 'pause' } as const;
      const changed = await queue.updateStream(lane.name, patch);
      const { instructions, parallelism, on_failure } = changed;
      assert.deepEqual({ instructions, parallelism, on_failure }, patch);
      await refuses(queue.updateStream(lane.name, { parallelism: 0 }), 'invalid_field', /parallelism/);
      const task = await lane.add();
      assert.equal((await queue.pauseStream(lane.name)).paused, true);
      assert.equal(await queue.claimNext(lane.name), null);
      assert.equal((await queue.resumeStream(lane.stream.id)).paused, false);
      assert.equal((await queue.claimNext(lane.name))?.task.id, task.id);
      // on_failure: the next task is not handed out after a failure.
      await lane.add();
      await queue.fail(task.id, { error_message: 'broken' });
      assert.equal((await queue.getStream(lane.name)).paused, true);
    },
  },
  {
    name: 'unknown sessions, streams and tasks are named',
    rows: ['words.foreign-keys', 'cli.errors', 'decided.error-codes'],
    async run({ queue }) {
      const calls: [string, Promise<unknown>][] = [
        ['Session not found: no-such', queue.endSession('no-such')],
        ['Stream not found: no-such', queue.claimNext('no-such')],
        ['Stream not found: no-such', queue.peek('no-such')],
        ['Stream not found: no-such', queue.endStream('no-such')],
        ['Stream not found: no-such', queue.enqueue({ stream: 'no-such', tool_name: 'llm-haiku' })],
        ['Task not found: tsk_000000000000', queue.getTask('tsk_000000000000')],
        ['Task not found: tsk_000000000000', queue.claimTask('tsk_000000000000')],
        ['Task not found: tsk_000000000000', queue.complete('tsk_000000000000', { result_summary: 'x' })],
        ['Task not found: tsk_000000000000', queue.fail('tsk_000000000000', { error_message: 'x' })],
        ['Task not found: tsk_000000000000', queue.requeue('tsk_000000000000')],
        ['Task not found: tsk_000000000000', queue.cancel('tsk_000000000000')],
        ['Task not found: tsk_000000000000', queue.deleteTask('tsk_000000000000')],
        ['Task not found: no-such', queue.heartbeat('no-such', { lease: 'x' })],
      ];
      const refusals = await Promise.all(calls.map(([, call]) => refuses(call, 'not_found')));
      refusals.forEach(({ message, facts }, at) => {
        assert.equal(message, calls[at]?.[0]);
        assert.match(facts.hint ?? '', /List available: sparkq (session list|stream list|tasks)/);
      });
    },
  },
];
