import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { type OpenQueue, openQueue } from '../../../src/client/openQueue';
import type { OpenQueueOptions } from '../../../src/client/options';
import { fixedConfig } from '../../../src/core/config';
import { silentLog } from '../../../src/core/log';
import type { Task } from '../../../src/core/model';
import { FastClock } from '../../support/fastClock';
import { makeFolder, removeFolder, temporaryFolder } from '../../support/folders';
import type { Order, Report } from './holder';

/** However busy the machine is. Milliseconds. */
const anHour = 3_600_000;

/** A process that holds the queue, and what it has reported. */
class Holder {
  role: { role: string; generation: number } | undefined;
  readonly #answers = new Map<number, (report: Report & { kind: 'answer' }) => void>();
  #roleWaiters: (() => void)[] = [];
  #count = 0;

  private constructor(readonly child: ChildProcess) {
    child.on('message', (report: Report) => {
      if (report.kind === 'answer') this.#answers.get(report.number)?.(report);
      else {
        this.role = report;
        for (const wake of this.#roleWaiters.splice(0)) wake();
      }
    });
  }

  static async start(options: object): Promise<Holder> {
    const child = fork(
      path.join('out', 'test', 'process', 'client', 'holder.js'),
      [JSON.stringify(options)],
      {
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      },
    );
    const holder = new Holder(child);
    await Promise.race([
      holder.hasRole(),
      once(child, 'exit').then(() => assert.fail('The holder did not start')),
    ]);
    return holder;
  }

  async hasRole(role?: string): Promise<void> {
    while (this.role === undefined || (role !== undefined && this.role.role !== role)) {
      await new Promise<void>((resolve) => this.#roleWaiters.push(resolve));
    }
  }

  async call(operation: string, ...args: unknown[]): Promise<unknown> {
    this.#count += 1;
    const order: Order = { number: this.#count, operation, args };
    const answered = new Promise<Report & { kind: 'answer' }>((resolve) =>
      this.#answers.set(order.number, resolve),
    );
    this.child.send(order);
    const { value, error } = await answered;
    if (error !== undefined) throw new Error(`${error.code}: ${error.message}`);
    return value;
  }

  async end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }
}

describe('a queue in several processes', () => {
  let folder: string;
  let holders: Holder[];
  let queues: OpenQueue[];
  let place: { storage: string; home: string; programs: string };

  beforeEach(() => {
    folder = temporaryFolder();
    place = {
      storage: makeFolder(folder, 'storage'),
      home: makeFolder(folder, 'home'),
      programs: path.resolve('dist'),
    };
    holders = [];
    queues = [];
  });
  afterEach(async () => {
    for (const queue of queues) await queue.close();
    for (const holder of holders) await holder.end();
    await removeFolder(folder);
  });

  async function hold(version = '1.0.0'): Promise<Holder> {
    const holder = await Holder.start({ ...place, version, waitMs: anHour });
    holders.push(holder);
    return holder;
  }

  async function open(options: Partial<OpenQueueOptions> = {}): Promise<OpenQueue> {
    const queue = await openQueue({
      ...place,
      workspace: null,
      role: 'serve',
      config: fixedConfig(),
      log: silentLog,
      version: '1.0.0',
      serve: true,
      waitMs: anHour,
      ...options,
    });
    queues.push(queue);
    return queue;
  }

  async function makeStream(queue: OpenQueue): Promise<void> {
    await queue.createSession({ name: 'work' });
    await queue.createStream({ session: 'work', name: 'lane' });
  }

  /** Every task, by label. */
  async function labels(queue: OpenQueue): Promise<string[]> {
    const found: string[] = [];
    for (let offset = 0; ; offset += 1000) {
      const { items } = await queue.listTasks({ limit: 1000, offset });
      found.push(...items.map(({ label }) => label ?? ''));
      if (items.length < 1000) return found.sort();
    }
  }

  /** Enqueues without pause from several callers until it is stopped; returns the labels that were acknowledged. */
  function enqueueing(
    queue: OpenQueue,
    name: string,
  ): { stop: () => Promise<string[]>; count: () => number } {
    const acknowledged: string[] = [];
    let going = true;
    const caller = async (number: number): Promise<void> => {
      for (let at = 0; going; at += 1) {
        const label = `${name}-${number}-${at}`;
        await queue.enqueue({ stream: 'lane', tool_name: 'run-bash', label });
        acknowledged.push(label);
      }
    };
    const callers = Promise.all([0, 1, 2, 3, 4].map(caller));
    return {
      count: () => acknowledged.length,
      async stop() {
        going = false;
        await callers;
        return acknowledged.sort();
      },
    };
  }

  async function until(condition: () => boolean, queue: OpenQueue): Promise<void> {
    while (!condition()) await queue.status();
  }

  it('survives the death of its owner: nothing is lost, and nothing is done twice', async () => {
    const owner = await hold();
    const client = await open();
    assert.deepEqual([owner.role?.role, client.role()], ['owner', 'client']);
    await makeStream(client);
    const work = enqueueing(client, 'a');
    await until(() => work.count() >= 50, client);

    const becameOwner = new Promise<string>((resolve) => client.onDidChangeRole(resolve));
    await owner.end();
    const before = work.count();
    await until(() => work.count() > before + 20, client);
    const acknowledged = await work.stop();

    assert.equal(await becameOwner, 'owner');
    assert.deepEqual(await labels(client), acknowledged);
  });

  it('is taken over by one of several clients, and the others follow', async () => {
    const owner = await hold();
    const others = [await hold(), await hold()];
    const client = await open();
    await makeStream(client);
    const work = enqueueing(client, 'b');
    await until(() => work.count() >= 20, client);
    await owner.end();
    const before = work.count();
    await until(() => work.count() > before + 20, client);
    const acknowledged = await work.stop();
    assert.deepEqual(await labels(client), acknowledged);

    const { generation } = await client.status();
    for (const other of others) {
      const status = (await other.call('status')) as { generation: number };
      assert.equal(status.generation, generation);
    }
    const roles = [client.role(), ...(await Promise.all(others.map((other) => other.call('role'))))];
    assert.equal(roles.filter((role) => role === 'owner').length, 1);
  });

  it('claims each task once over a change of owner', async () => {
    const owner = await hold();
    const client = await open();
    await makeStream(client);
    for (let at = 0; at < 60; at += 1) {
      await client.enqueue({ stream: 'lane', tool_name: 'run-bash', label: `c-${at}` });
    }
    const claimed: string[] = [];
    const worker = async (): Promise<void> => {
      for (;;) {
        const claim = await client.claimNext('lane');
        if (claim === null) return;
        claimed.push(claim.task.label ?? '');
        await client.complete(claim.task.id, { result_summary: 'done', lease: claim.lease });
        if (claimed.length === 20) await owner.end();
      }
    };
    await Promise.all([worker(), worker(), worker()]);
    assert.deepEqual(claimed.sort(), Array.from({ length: 60 }, (_, at) => `c-${at}`).sort());
    const { items } = await client.listTasks({ limit: 1000 });
    assert.deepEqual(
      new Set(items.map(({ status, attempts }: Task) => `${status} ${attempts}`)),
      new Set(['succeeded 1']),
    );
  });

  it('shows one process what another one did', async () => {
    const owner = await hold();
    const client = await open();
    await makeStream(client);
    const seen = new Promise<string>((resolve) => {
      client.subscribe(({ type, task }) => {
        if (type === 'task.created') resolve(task?.label ?? '');
      });
    });
    await client.status();
    await owner.call('enqueue', { stream: 'lane', tool_name: 'run-bash', label: 'from the owner' });
    assert.equal(await seen, 'from the owner');
  });

  it('is handed to a newer program under load: nothing is lost, and nothing is done twice', async () => {
    const older = await hold('0.9.0');
    const client = await open({ version: '0.9.0' });
    await makeStream(client);
    const work = enqueueing(client, 'd');
    await until(() => work.count() >= 20, client);
    const newer = await open({ version: '1.0.0' });
    assert.equal(newer.role(), 'owner');
    await older.hasRole('client');
    const before = work.count();
    await until(() => work.count() > before + 20, client);
    const acknowledged = await work.stop();
    assert.deepEqual(await labels(newer), acknowledged);
    assert.equal(client.role(), 'client');
  });

  it('is used by single commands that take turns', async () => {
    const first = await open({ serve: false, role: 'command' });
    await makeStream(first);
    await first.close();
    const commands = ['e-0', 'e-1', 'e-2', 'e-3', 'e-4'];
    await Promise.all(
      commands.map(async (label) => {
        const queue = await open({ serve: false, role: 'command' });
        await queue.enqueue({ stream: 'lane', tool_name: 'run-bash', label });
        await queue.close();
      }),
    );
    assert.deepEqual(await labels(await open()), commands);
  });

  it('is taken over from an owner that was stopped, which becomes a client when it resumes', async () => {
    const owner = await hold();
    const clock = new FastClock();
    const client = await open({ clock });
    await makeStream(client);
    const becameOwner = new Promise<string>((resolve) => client.onDidChangeRole(resolve));
    owner.child.kill('SIGSTOP');
    clock.speedUp();
    await client.enqueue({ stream: 'lane', tool_name: 'run-bash', label: 'while it was stopped' });
    assert.equal(await becameOwner, 'owner');

    const resumed = owner.call('enqueue', {
      stream: 'lane',
      tool_name: 'run-bash',
      label: 'by the resumed one',
    });
    owner.child.kill('SIGCONT');
    await resumed;
    await owner.hasRole('client');
    assert.equal(client.role(), 'owner');
    assert.deepEqual(await labels(client), ['by the resumed one', 'while it was stopped']);
  });
});
