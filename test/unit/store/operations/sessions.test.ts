import assert from 'node:assert/strict';
import { toInstant } from '../../../../src/core/clock';
import { defaultConfig, fixedConfig, outsideTool } from '../../../../src/core/config';
import type { NewTask } from '../../../../src/core/queue';
import { FakeClock } from '../../../support/fakeClock';
import { enqueue, nextEvent, refused, withQueue } from '../../../support/localQueue';

const badNames: [string, string][] = [
  ['   ', 'blank'],
  ['x'.repeat(201), 'too long'],
  ['a\nb', 'with a line break'],
  ['a\u0000b', 'with a control character'],
  ['.', 'a dot'],
  ['..', 'two dots'],
  ['str_0123456789ab', 'shaped like an id'],
];

describe('Sessions', () => {
  it('are created, listed newest first, renamed and ended', () =>
    withQueue(async (queue) => {
      const created = await queue.createSession({ name: '  api v2 ', description: 'what' });
      assert.match(created.id, /^ses_[0-9a-f]{12}$/);
      assert.deepEqual([created.name, created.status, created.ended_at], ['api v2', 'active', null]);
      assert.equal(created.project_id, (await queue.project()).id);
      const { items, total } = await queue.listSessions({ limit: 1 });
      assert.deepEqual([items, total], [[created], 2]);
      const renamed = await queue.updateSession('api v2', { name: 'api v3', description: null });
      assert.deepEqual([renamed.name, renamed.description], ['api v3', null]);
      const ended = await queue.endSession(created.id);
      assert.equal(ended.status, 'ended');
      assert.ok(ended.ended_at);
      assert.deepEqual(await queue.getSession('api v3'), ended);
      await refused(queue.endSession('api v3'), 'wrong_state', 'End session not allowed in ended state');
      assert.equal((await queue.listSessions({ status: 'active' })).total, 1);
      assert.equal((await queue.listSessions({ status: 'ended' })).total, 1);
      assert.equal((await queue.listSessions({ limit: 0 })).items.length, 0);
    }));

  it('may share a name unless it must be unique, and are then distinguished by id', () =>
    withQueue(async (queue) => {
      const second = await queue.createSession({ name: 'work' });
      await refused(
        queue.createSession({ name: ' work ', unique: true }),
        'name_taken',
        'Invalid session name: work',
      );
      const refusal = await refused(queue.getSession('work'), 'conflict', /^Session name is ambiguous: work/);
      assert.ok(refusal.message.includes(second.id));
      assert.equal((await queue.getSession(second.id)).id, second.id);
    }));

  for (const [name, why] of badNames) {
    it(`refuse a name that is ${why}`, () =>
      withQueue(async (queue) => {
        const code = why === 'blank' ? 'missing_field' : 'invalid_field';
        const message = why === 'blank' ? 'Session name is required' : /^Invalid session name: /;
        await refused(queue.createSession({ name }), code, message);
        await refused(queue.createStream({ session: 'work', name }), code);
        assert.equal((await queue.listSessions()).total, 1);
      }));
  }

  it('are named in the refusal if unknown', () =>
    withQueue(async (queue) => {
      const refusal = await refused(queue.getSession(' nope '), 'not_found', 'Session not found: nope');
      assert.equal(refusal.hint, 'List available: sparkq session list');
      await refused(queue.getSession('ses_000000000000'), 'not_found');
    }));

  it('end with their streams, and then take no new ones', () =>
    withQueue(async (queue) => {
      await queue.createStream({ session: 'work', name: 'other' });
      const { id } = await enqueue(queue);
      await queue.endSession('work');
      for (const name of ['lane', 'other']) {
        const stream = await queue.getStream(name);
        assert.equal(stream.status, 'ended');
        assert.ok(stream.ended_at);
      }
      assert.equal((await queue.getTask(id)).status, 'queued');
      await refused(queue.createStream({ session: 'work', name: 'late' }), 'session_ended');
      await refused(enqueue(queue), 'stream_ended', /^Enqueue not allowed in ended state/);
      await queue.createSession({ name: 'next' });
      await queue.createStream({ session: 'next', name: 'new' });
      const moved = await queue.moveTask(id, { stream: 'new' });
      assert.equal((await queue.claimNext('new'))?.task.id, moved.id);
    }));
});

describe('Streams', () => {
  it('are created in a session given by name or id, with a unique name', () =>
    withQueue(async (queue, lane) => {
      const session = await queue.getSession('work');
      const stream = await queue.createStream({
        session: session.id,
        name: ' auth ',
        instructions: 'be kind',
        parallelism: 3,
        on_failure: 'pause',
      });
      assert.match(stream.id, /^str_[0-9a-f]{12}$/);
      assert.deepEqual(stream, {
        ...lane,
        id: stream.id,
        name: 'auth',
        instructions: 'be kind',
        parallelism: 3,
        on_failure: 'pause',
        created_at: stream.created_at,
        updated_at: stream.updated_at,
      });
      assert.deepEqual(await queue.getStream(stream.id), stream);
      assert.deepEqual(await queue.getStream(' auth '), stream);
      await refused(
        queue.createStream({ session: 'work', name: 'auth' }),
        'name_taken',
        'Invalid stream name: auth',
      );
      await refused(
        queue.createStream({ session: 'none', name: 'x' }),
        'not_found',
        'Session not found: none',
      );
      assert.deepEqual(
        (await queue.listStreams()).items.map(({ name }) => name),
        ['auth', 'lane'],
      );
      assert.equal((await queue.listStreams({ session_id: 'ses_000000000000' })).total, 0);
      assert.equal((await queue.listStreams({ session_id: session.id, status: 'active' })).total, 2);
    }));

  it('are changed, paused and resumed', () =>
    withQueue(async (queue) => {
      const changed = nextEvent(queue, 'stream.updated');
      const patch = { parallelism: 2, on_failure: 'pause', autostart: true, working: true } as const;
      const stream = await queue.updateStream('lane', { ...patch, skip_unrunnable: true, name: 'lane two' });
      assert.deepEqual(
        [
          stream.name,
          stream.parallelism,
          stream.on_failure,
          stream.autostart,
          stream.working,
          stream.skip_unrunnable,
        ],
        ['lane two', 2, 'pause', true, true, true],
      );
      assert.deepEqual((await changed).stream, stream);
      assert.equal((await queue.pauseStream('lane two')).paused, true);
      assert.equal((await queue.pauseStream('lane two')).paused, true);
      assert.equal((await queue.resumeStream('lane two')).paused, false);
      await refused(
        queue.updateStream('lane two', { parallelism: 0 }),
        'invalid_field',
        'Invalid parallelism: 0',
      );
      await queue.createStream({ session: 'work', name: 'other' });
      await refused(queue.updateStream('other', { name: 'lane two' }), 'name_taken');
      assert.equal((await queue.updateStream('other', { name: 'other' })).name, 'other');
      await refused(queue.getStream('lane'), 'not_found', 'Stream not found: lane');
    }));

  it('record since when their worker is on or off', () => {
    const clock = new FakeClock();
    return withQueue(
      async (queue, lane) => {
        assert.equal(lane.working_since, null);
        const since = toInstant(clock.now());
        assert.equal((await queue.updateStream('lane', { working: true })).working_since, since);
        clock.advance(1000);
        const same = await queue.updateStream('lane', { working: true, parallelism: 2 });
        assert.equal(same.working_since, since);
        const off = await queue.updateStream('lane', { working: false });
        assert.equal(off.working_since, toInstant(clock.now()));
        assert.equal((await queue.endStream('lane')).working_since, off.working_since);
      },
      { clock },
    );
  });

  it('set the attempts of tasks if neither the task nor its tool does', () => {
    const tools = { ...defaultConfig.tools, stubborn: { ...outsideTool, max_attempts: 7 } };
    return withQueue(
      async (queue, lane) => {
        assert.deepEqual([lane.max_attempts, lane.retry_interrupted], [4, true]);
        const attempts = async (more: Partial<NewTask> = {}) => (await enqueue(queue, more)).max_attempts;
        assert.equal(await attempts(), 4);
        assert.equal(await attempts({ tool_name: 'stubborn' }), 7);
        assert.equal(await attempts({ tool_name: 'stubborn', max_attempts: 2 }), 2);
        const changed = await queue.updateStream('lane', { max_attempts: null, retry_interrupted: false });
        assert.deepEqual([changed.max_attempts, changed.retry_interrupted], [null, false]);
        assert.equal(await attempts(), 1);
        await refused(queue.updateStream('lane', { max_attempts: 0 }), 'invalid_field');
        await refused(queue.createStream({ session: 'work', name: 'x', max_attempts: 0 }), 'invalid_field');
      },
      { config: fixedConfig({ ...defaultConfig, tools }) },
      { max_attempts: 4, retry_interrupted: true },
    );
  });

  it('end once, and keep queued tasks', () =>
    withQueue(async (queue) => {
      await enqueue(queue);
      const ended = await queue.endStream('lane');
      assert.deepEqual([ended.status, ended.counts.queued], ['ended', 1]);
      await refused(queue.endStream('lane'), 'wrong_state', 'End stream not allowed in ended state');
      await refused(queue.pauseStream('lane'), 'wrong_state', 'Pause not allowed in ended state');
      assert.equal((await queue.listTasks()).items[0]?.waiting_reason?.code, 'stream_ended');
    }));
});

describe('The project', () => {
  it('takes its name from the configuration, and follows it', () => {
    let config = { ...defaultConfig, project: { name: 'first', repo_path: '/repo', prd_path: 'prd.md' } };
    const listeners = new Set<() => void>();
    const diagnostic = {
      severity: 'notice' as const,
      code: 'hint' as const,
      message: 'something',
      ...{ line: 1, column: 1, endLine: 1, endColumn: 2 },
    };
    const source = {
      current: () => config,
      problems: () => ['sparkq.yml:1:1 something'],
      diagnostics: () => [diagnostic],
      reload: async () => {
        for (const listener of listeners) listener();
      },
      onChange(listener: () => void) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    };
    return withQueue(
      async (queue) => {
        const first = await queue.project();
        assert.deepEqual([first.name, first.repo_path, first.prd_path], ['first', '/repo', 'prd.md']);
        assert.deepEqual(await queue.config(), {
          config,
          problems: ['sparkq.yml:1:1 something'],
          diagnostics: [diagnostic],
        });
        config = { ...config, project: { ...config.project, name: 'second' } };
        const reloaded = nextEvent(queue, 'config.reloaded');
        const updated = nextEvent(queue, 'project.updated');
        await queue.reload();
        await reloaded;
        assert.equal((await updated).project?.name, 'second');
        const second = await queue.project();
        assert.deepEqual([second.id, second.name], [first.id, 'second']);
      },
      { config: source },
    );
  });

  it('lists the tools of the configuration', () =>
    withQueue(async (queue) => {
      const tools = await queue.listTools();
      assert.deepEqual(
        tools.map(({ name, runnable }) => [name, runnable]),
        [
          ['llm-haiku', false],
          ['llm-sonnet', false],
          ['run-bash', true],
          ['run-cmd', true],
          ['run-command', true],
          ['run-node', true],
          ['run-powershell', true],
          ['run-python', true],
          ['run-shell', true],
        ],
      );
    }));
});
