import assert from 'node:assert/strict';
import net from 'node:net';
import { hostname } from 'node:os';
import path from 'node:path';
import { discoveryFile, readDiscovery, writeDiscovery } from '../../../src/client/discovery';
import { readEndpoint } from '../../../src/client/endpoint';
import { type OpenQueue, openQueue } from '../../../src/client/openQueue';
import type { OpenLocal, OpenQueueOptions, OwnedQueue } from '../../../src/client/options';
import { RemoteQueue } from '../../../src/client/remote/remoteQueue';
import { fixedConfig } from '../../../src/core/config';
import { QueueError } from '../../../src/core/errors';
import type { QueueEvent, QueueListener } from '../../../src/core/events';
import { silentLog } from '../../../src/core/log';
import type { Origin, OwnerRole } from '../../../src/core/model';
import type { Mutation, NewTask, Queue } from '../../../src/core/queue';
import { OwnerLock } from '../../../src/store/ownership/ownerLock';
import { realPace } from '../../../src/system/heldFiles';
import { makeFolder, removeFolder, temporaryFolder } from '../../support/folders';
import { refusing } from '../../support/windowsFiles';

/** What outlives an owner: names of sessions by idempotency key. */
type Disk = Map<string, string>;

/** An owner with a real lock and almost no queue behind it. */
class TestOwner {
  readonly listeners = new Set<QueueListener>();
  readonly afters: (string | undefined)[] = [];
  lose: (reason: string) => void = () => {};
  /** Makes the next creation fail after it has taken effect. */
  failNext: QueueError | undefined;
  url: string | null = null;

  constructor(
    readonly lock: OwnerLock,
    private readonly disk: Disk,
    private readonly role: OwnerRole,
  ) {}

  queue(): OwnedQueue {
    const { lock, disk, role } = this;
    const operations = {
      generation: lock.generation,
      onLost: (listener: (reason: string) => void) => {
        this.lose = listener;
        return () => {};
      },
      setUrl: (url: string | null) => {
        this.url = url;
      },
      subscribe: (listener: QueueListener, after?: string) => {
        this.afters.push(after);
        this.listeners.add(listener);
        return () => this.listeners.delete(listener);
      },
      createSession: async ({ name }: { name: string }, mutation?: Mutation) => {
        const key = mutation?.key ?? '';
        const known = disk.get(key) ?? name;
        disk.set(key, known);
        const failure = this.failNext;
        this.failNext = undefined;
        if (failure !== undefined) throw failure;
        return { name: known };
      },
      status: async () => ({ generation: lock.generation, url: this.url, role }),
      reload: async () => {},
      config: async () => ({ problems: [] }),
      enqueue: async ({ origin }: NewTask) => ({ task: { id: 't', origin }, duplicate: false }),
      claimNext: async (_stream: string, request: { signal?: AbortSignal; wait?: number }) => {
        await new Promise((resolve) => request.signal?.addEventListener('abort', resolve));
        return null;
      },
      close: () => lock.release(),
    };
    return operations as unknown as OwnedQueue;
  }

  emit(number: number): void {
    const event: QueueEvent = { id: `${this.lock.generation}-${number}`, type: 'task.created', at: 'now' };
    for (const listener of this.listeners) listener(event);
  }
}

describe('openQueue', () => {
  let folder: string;
  let storage: string;
  let disk: Disk;
  let owners: TestOwner[];
  let opened: OpenQueue[];

  beforeEach(() => {
    folder = temporaryFolder();
    storage = makeFolder(folder, 'storage');
    disk = new Map();
    owners = [];
    opened = [];
  });
  afterEach(async () => {
    for (const queue of opened) await queue.close();
    await removeFolder(folder);
  });

  const openLocal: OpenLocal = async ({ role }, monitor) => {
    const acquired = await OwnerLock.acquire({ storage, role, monitor });
    if ('holder' in acquired)
      throw new QueueError('conflict', 'The queue has an owner', undefined, { ...acquired.holder });
    const owner = new TestOwner(acquired.lock, disk, role);
    owners.push(owner);
    return owner.queue();
  };

  async function open(options: Partial<OpenQueueOptions> = {}): Promise<OpenQueue> {
    const queue = await openQueue(
      {
        storage,
        workspace: folder,
        role: 'serve',
        config: fixedConfig(),
        programs: folder,
        log: silentLog,
        version: '1.0.0',
        home: folder,
        serve: true,
        ...options,
      },
      openLocal,
    );
    opened.push(queue);
    return queue;
  }

  function changed(queue: OpenQueue): Promise<string> {
    return new Promise((resolve) => queue.onDidChangeRole(resolve));
  }

  it('owns a queue without an owner, serves it and announces where', async () => {
    const queue = await open();
    assert.equal(queue.role(), 'owner');
    const discovery = readDiscovery(folder, storage);
    assert.equal(discovery?.url, queue.url());
    assert.equal(discovery?.generation, owners[0]?.lock.generation);
    assert.equal(owners[0]?.url, queue.url());
    assert.deepEqual(discovery?.workspaces, [folder]);
    assert.equal(readEndpoint(storage).token, discovery?.token);
    await queue.close();
    assert.equal(readDiscovery(folder, storage), null);
  });

  it('lets an agent do the same whether it owns the queue or not', async () => {
    const caller: Origin = { kind: 'agent', via: 'claude' };
    const originOn = async (queue: Queue): Promise<unknown> => {
      const { task } = await queue.enqueue({ stream: 's', tool_name: 't' });
      return (task as { origin?: Origin }).origin;
    };
    for (const role of ['owner', 'client'] as const) {
      const queue = await open({ caller });
      assert.equal(queue.role(), role);
      assert.deepEqual(await originOn(queue), caller);
      const talking: Origin = { ...caller, conversation: 'c' };
      assert.deepEqual(await originOn(queue.as(talking)), talking);
      for (const one of [queue, queue.as(talking)]) {
        await assert.rejects(one.reload(), (error: QueueError) => error.code === 'forbidden');
      }
    }
    const person = await open();
    assert.deepEqual(await originOn(person), { kind: 'person' });
    await person.reload();
  });

  it('gives an agent a token of its own, and no other', async () => {
    await open();
    const discovery = readDiscovery(folder, storage);
    assert.ok(discovery?.agent_token);
    assert.notEqual(discovery.agent_token, discovery.token);
    const remote = new RemoteQueue({
      url: discovery.url,
      token: discovery.agent_token,
      version: '1.0.0',
      caller: { kind: 'person' },
    });
    await assert.rejects(remote.reload(), (error: QueueError) => error.code === 'forbidden');
    await assert.rejects(remote.requestStop(), (error: QueueError) => error.code === 'forbidden');
    await remote.close();
    const { agent_token: _, ...older } = discovery;
    writeDiscovery(folder, older);
    await assert.rejects(
      open({ caller: { kind: 'agent' } }),
      (error: QueueError) => error.code === 'upgrade_required',
    );
  });

  it('serves although the announcement of a dead owner cannot be removed', async () => {
    const dead = { pid: 0, host: hostname(), generation: 1, startTime: null, role: 'serve' as const };
    const facts = {
      protocol: 1,
      version: '1.0.0',
      url: 'http://127.0.0.1:1',
      port: 1,
      token: 'x',
      workspaces: [],
    };
    const elsewhere = makeFolder(folder, 'elsewhere');
    writeDiscovery(folder, { ...dead, ...facts, storage: elsewhere });
    const stale = path.basename(discoveryFile(folder, elsewhere));
    const { patience } = realPace;
    realPace.patience = 0;
    const refused = await refusing({ name: 'renameSync', code: 'EPERM', path: stale }, async () => {
      assert.equal((await open()).role(), 'owner');
    });
    realPace.patience = patience;
    assert.equal(refused, 1);
    assert.notEqual(readDiscovery(folder, storage), null);
  });

  it('becomes a client where there is an owner', async () => {
    const owner = await open();
    const client = await open();
    assert.equal(client.role(), 'client');
    assert.equal(client.url(), owner.url());
    assert.equal(owners.length, 1);
    assert.deepEqual(await client.createSession({ name: 'a' }), { name: 'a' });
    assert.equal(disk.size, 1);
  });

  it('has one owner when several programs open it at once', async () => {
    const queues = await Promise.all([open(), open(), open(), open()]);
    assert.deepEqual(queues.map((queue) => queue.role()).sort(), ['client', 'client', 'client', 'owner']);
    for (const queue of queues) assert.equal((await queue.status()).generation, 1);
  });

  it('keeps token and port when it is reopened', async () => {
    const first = await open();
    const { token, port } = readDiscovery(folder, storage) ?? {};
    await first.close();
    await open();
    const again = readDiscovery(folder, storage);
    assert.deepEqual([again?.token, again?.port], [token, port]);
  });

  it('uses the given token, and keeps it for the next owner', async () => {
    const first = await open({ token: 'given' });
    await first.close();
    await open();
    assert.equal(readDiscovery(folder, storage)?.token, 'given');
  });

  it('uses another port where the requested one is taken, or refuses where that one is required', async () => {
    const blocker = net.createServer();
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
    const { port } = blocker.address() as net.AddressInfo;
    await assert.rejects(open({ port, strictPort: true }), (error: unknown) =>
      QueueError.is(error, 'conflict'),
    );
    const warnings: string[] = [];
    const queue = await open({ port, log: { ...silentLog, warn: (text) => warnings.push(text) } });
    assert.equal(queue.role(), 'owner');
    assert.notEqual(queue.url(), `http://127.0.0.1:${port}`);
    assert.equal(warnings.length, 1);
    await new Promise((resolve) => blocker.close(resolve));
  });

  it('takes over when the owner ends, and stays reachable for other clients', async () => {
    const first = await open();
    const clients = [await open(), await open()];
    const roles = clients.map(changed);
    await first.close();
    assert.equal(await Promise.race(roles), 'owner');
    for (const client of clients) assert.deepEqual(await client.createSession({ name: 'a' }), { name: 'a' });
    assert.deepEqual(clients.map((client) => client.role()).sort(), ['client', 'owner']);
    assert.equal(owners.length, 2);
  });

  it('becomes a client when another program has taken over', async () => {
    const first = await open();
    const role = changed(first);
    await owners[0]?.lock.release();
    const second = await OwnerLock.acquire({ storage, role: 'serve' });
    assert.ok('lock' in second);
    const successor = new TestOwner(second.lock, disk, 'serve');
    const { startServer } = await import('../../../src/server/httpServer');
    const server = await startServer({
      queue: successor.queue(),
      scripts: {
        refresh: async () => {},
        list: () => [],
        everything: () => [],
        search: () => [],
        problems: () => [],
      },
      token: 't',
      agentToken: 'agent',
      port: 0,
      log: silentLog,
      version: '1.0.0',
      programs: 'dist',
    });
    const before = readDiscovery(folder, storage);
    assert.ok(before);
    writeDiscovery(folder, {
      ...before,
      url: server.url,
      port: server.port,
      token: 't',
      generation: second.lock.generation,
    });
    owners[0]?.lose('another process owns the queue');
    assert.equal(await role, 'client');
    assert.deepEqual(await first.createSession({ name: 'a' }), { name: 'a' });
    assert.equal(readDiscovery(folder, storage)?.generation, second.lock.generation);
    await first.close();
    await server.close();
    await second.lock.release();
  });

  it('repeats a call with the same key when the owner ends before it has answered', async () => {
    const queue = await open();
    const [owner] = owners;
    assert.ok(owner);
    owner.failNext = new QueueError('unavailable', 'The queue was closed');
    assert.deepEqual(await queue.createSession({ name: 'a' }), { name: 'a' });
    assert.equal(owners.length, 2);
    assert.equal(disk.size, 1);
  });

  it('repeats a call with the same key when its outcome is unknown', async () => {
    const queue = await open();
    const client = await open();
    for (const caller of [queue, client]) {
      const [owner] = owners;
      assert.ok(owner);
      disk.clear();
      owner.failNext = new QueueError('outcome_unknown', 'The disk failed');
      assert.deepEqual(await caller.createSession({ name: 'a' }), { name: 'a' });
      assert.equal(disk.size, 1);
    }
    assert.equal(owners.length, 1);
  });

  it('passes refusals on', async () => {
    await open();
    const client = await open();
    const [owner] = owners;
    assert.ok(owner);
    owner.failNext = new QueueError('name_taken', 'Taken');
    await assert.rejects(client.createSession({ name: 'a' }), (error: unknown) =>
      QueueError.is(error, 'name_taken'),
    );
  });

  it('continues its events over a change of owner, and reports when some may have been missed', async () => {
    const first = await open();
    const client = await open();
    const [seen, fresh]: [string[], string[]] = [[], []];
    let wake = (): void => {};
    client.subscribe(({ id }) => {
      seen.push(id);
      wake();
    });
    await client.status();
    owners[0]?.emit(1);
    while (seen.length < 1) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    client.subscribe(({ type }) => fresh.push(type));
    const role = changed(client);
    await first.close();
    await role;
    const [, second] = owners;
    second?.emit(7);
    assert.deepEqual(seen, ['1-1', '2-7']);
    assert.ok(second?.afters.includes('1-1'));
    assert.deepEqual(fresh, ['reset', 'task.created']);
  });

  it('waits for an owner that serves nobody, and names it when it does not end', async () => {
    const command = await open({ serve: false, role: 'command' });
    assert.equal(command.url(), null);
    assert.equal(readDiscovery(folder, storage), null);
    await assert.rejects(open({ waitMs: 200 }), (error: unknown) => {
      assert.ok(QueueError.is(error, 'unavailable'));
      assert.equal(error.details?.role, 'command');
      return true;
    });
    const waiting = open();
    await command.close();
    assert.equal((await waiting).role(), 'owner');
  });

  it('hands the queue over to a newer program, and becomes its client', async () => {
    const old = await open();
    const role = changed(old);
    const newer = await open({ version: '1.1.0' });
    assert.equal(newer.role(), 'owner');
    assert.equal(await role, 'client');
    assert.deepEqual(await old.createSession({ name: 'a' }), { name: 'a' });
    assert.equal((await newer.status()).generation, 2);
  });

  it('does not take the queue over from an owner of the same version, nor for one command', async () => {
    const owner = await open();
    assert.equal((await open()).role(), 'client');
    assert.equal((await open({ version: '9.0.0', serve: false })).role(), 'client');
    assert.equal(owner.role(), 'owner');
  });

  it('hands the queue over to a server where the owner serves it in passing only', async () => {
    const watcher = await open({ role: 'watch' });
    const role = changed(watcher);
    const server = await open({ role: 'serve' });
    assert.equal(server.role(), 'owner');
    assert.equal(await role, 'client');
    assert.deepEqual(await watcher.createSession({ name: 'a' }), { name: 'a' });
    for (const other of ['serve', 'editor', 'wait'] as const) {
      assert.equal((await open({ role: other })).role(), 'client', other);
    }
  });

  it('refuses an owner with a newer protocol', async () => {
    await open();
    const discovery = readDiscovery(folder, storage);
    assert.ok(discovery);
    writeDiscovery(folder, { ...discovery, protocol: 99, version: '9.0.0' });
    await assert.rejects(open(), (error: unknown) => {
      assert.ok(QueueError.is(error, 'upgrade_required'));
      assert.match(error.hint ?? '', /9\.0\.0/);
      return true;
    });
  });

  it('lets a client stop a program that stays', async () => {
    let stop = (): void => {};
    const stopped = new Promise<void>((resolve) => {
      stop = resolve;
    });
    await open({ onStop: () => stop() });
    const { url, token } = readDiscovery(folder, storage) ?? { url: '', token: '' };
    const remote = new RemoteQueue({ url, token, version: '1.0.0' });
    await remote.requestStop();
    await stopped;
    await remote.close();
  });

  it('refuses calls once it is closed, and ends those that wait', async () => {
    await open();
    const client = await open();
    const gone = new AbortController();
    const waiting = client.claimNext('s', { wait: 60, signal: gone.signal });
    await client.status();
    gone.abort();
    assert.equal(await waiting, null);
    await client.close();
    await client.close();
    await assert.rejects(client.status(), (error: unknown) => QueueError.is(error, 'unavailable'));
  });
});
