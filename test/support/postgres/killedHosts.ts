/**
 * Hosts, each a process with many workers, that share a queue while they are killed at random, and the processes of the
 * server as well. In the end, each task was done once, in the order of its stream.
 */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { fromInstant } from '../../../src/core/clock';
import type { QueueEvent } from '../../../src/core/events';
import type { Schedule, Task } from '../../../src/core/model';
import type { LocalQueue } from '../../../src/store/localQueue';
import { withFolder } from '../folders';
import { Random } from '../random';
import { insist, openHost, type Place } from './hosts';
import { PostgresServer } from './server';
import type { WorkingHost } from './workingHost';

export interface HostKills {
  /** Of hosts; of the server: its first process, one that serves a connection, and connections that it was told to end. */
  kills: { host: number; server: number; backend: number; connection: number };
  tasks: number;
  events: number;
  /** How often the observer was told that it had missed events. */
  resets: number;
  /** Tasks of schedules. */
  scheduled: number;
}

const hosts = 4;
const workers = 25;
/** Tasks that one call enqueues. */
const few = 25;

/** @param tasks over so many streams; a multiple of 25 for each */
export async function killHosts(
  kills: number,
  seed: number,
  progress: (sum: HostKills) => void = () => {},
  tasks = 10_000,
  streams = 20,
): Promise<HostKills> {
  const server = await PostgresServer.start();
  try {
    return await withFolder(async (folder) => {
      const killed = new KilledHosts(folder, server, new Random(seed), tasks, streams);
      try {
        await killed.run(kills, progress);
      } finally {
        await killed.end();
      }
      progress(killed.counts);
      return killed.counts;
    });
  } finally {
    await server.stop();
  }
}

class KilledHosts {
  readonly counts: HostKills = {
    kills: { host: 0, server: 0, backend: 0, connection: 0 },
    tasks: 0,
    events: 0,
    resets: 0,
    scheduled: 0,
  };
  private readonly place: Place;
  private readonly streams: readonly string[];
  private readonly running: ChildProcess[] = [];
  private observer!: LocalQueue;
  private readonly events: QueueEvent[] = [];
  /** Of streams, by id. */
  private readonly names = new Map<string, string>();
  private readonly done = new Set<string>();
  private ending = false;
  private onDone: () => void = () => {};
  private onFailure: (error: Error) => void = () => {};
  private readonly failed = new Promise<never>((_, reject) => {
    this.onFailure = reject;
  });

  constructor(
    private readonly folder: string,
    private readonly server: PostgresServer,
    private readonly random: Random,
    private readonly tasks: number,
    streams: number,
  ) {
    this.place = { url: server.url, schema: 'queue' };
    this.streams = Array.from({ length: streams }, (_, number) => `lane ${number}`);
    this.failed.catch(() => undefined);
  }

  async run(kills: number, progress: (sum: HostKills) => void): Promise<void> {
    this.observer = await openHost(path.join(this.folder, 'observer'), this.place);
    this.observer.subscribe((event) => {
      this.events.push(event);
      if (event.type !== 'task.succeeded' || event.task_id === undefined) return;
      this.done.add(event.task_id);
      this.onDone();
    });
    await this.observer.createSession({ name: 'work' });
    for (const name of [...this.streams, 'timed']) {
      const { id } = await this.observer.createStream({ session: 'work', name });
      this.names.set(id, name);
    }
    const [yearly, minutely] = [await this.schedule('0 0 1 1 *'), await this.schedule('* * * * *')];
    for (let number = 0; number < hosts; number += 1) this.start(number);
    const enqueueing = this.enqueueAll();
    enqueueing.catch(this.onFailure);
    await this.doneAre(1);
    await this.setDue(yearly.id);
    for (let kill = 0; kill < kills; kill += 1) {
      // The moment is chosen by what has been done so far: at the last one, something is still to be done.
      await this.doneAre(Math.floor(((kill + this.random.next()) * this.tasks) / (kills + 1)));
      await this.kill();
      if (kill % 50 === 49) progress(this.counts);
    }
    await enqueueing;
    await this.doneAre(this.tasks);
    await insist(() => this.observer.pauseSchedule(minutely.id));
    const { last_at: last } = await insist(() => this.observer.getSchedule(minutely.id));
    const times =
      last === null ? 0 : (fromInstant(last) - fromInstant(minutely.next_at ?? last)) / 60_000 + 1;
    await this.compare(1 + times);
  }

  async end(): Promise<void> {
    this.ending = true;
    await Promise.all(this.running.map(kill));
    await this.observer?.close();
  }

  private async schedule(cron: string): Promise<Schedule> {
    const schedule = { stream: 'timed', tool_name: 'outside', cron, zone: 'UTC', overlap: 'queue' } as const;
    const { id } = await this.observer.createSchedule({ ...schedule, missed: 'once' });
    return this.observer.getSchedule(id);
  }

  private start(number: number): void {
    const host: WorkingHost = {
      name: `host ${number}`,
      folder: path.join(this.folder, `host-${number}`),
      place: this.place,
      streams: this.streams,
      workers,
    };
    const child = spawn(
      process.execPath,
      [path.resolve('out/test/support/postgres/workingHost.js'), JSON.stringify(host)],
      {
        stdio: ['ignore', 'ignore', 'inherit'],
        env: { ...process.env, SPARKQ_HOME: path.join(this.folder, `home-${number}`) },
      },
    );
    child.once('exit', (code) => {
      if (code !== null && !this.ending) this.onFailure(new Error(`${host.name} ended with ${code}`));
    });
    this.running[number] = child;
  }

  private async enqueueAll(): Promise<void> {
    const each = this.tasks / this.streams.length;
    for (let first = 0; first < each; first += few) {
      for (const stream of this.streams) {
        const tasks = Array.from({ length: few }, (_, at) => ({
          tool_name: 'outside',
          label: String(first + at),
          max_attempts: 1,
        }));
        const key = `${stream} ${first}`;
        await insist(() => this.observer.enqueueMany({ stream, tasks }, { key }));
      }
    }
  }

  /** Resolves when so many tasks have been done. */
  private async doneAre(count: number): Promise<void> {
    const enough = new Promise<void>((resolve) => {
      this.onDone = () => {
        if (this.done.size >= count) resolve();
      };
      this.onDone();
    });
    await Promise.race([enough, this.failed]);
  }

  private async kill(): Promise<void> {
    const { kills } = this.counts;
    const dice = this.random.next();
    if (dice < 0.5) {
      const number = this.random.below(hosts);
      await kill(this.running[number] as ChildProcess);
      this.start(number);
      kills.host += 1;
    } else if (dice < 0.6) {
      await this.server.crash();
      kills.server += 1;
    } else {
      const pids = await this.backends();
      const pid = pids[this.random.below(pids.length)];
      if (pid === undefined) return;
      if (dice < 0.7) {
        process.kill(pid, 'SIGKILL');
        kills.backend += 1;
      } else {
        await this.ask('SELECT pg_terminate_backend($1)', pid);
        kills.connection += 1;
      }
    }
  }

  /** A time of the schedule has come: whoever looks for what is due first takes it. */
  private async setDue(id: string): Promise<void> {
    const now = `to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
    await this.ask(`UPDATE ${this.place.schema}.schedules SET next_at = ${now} WHERE id = $1`, id);
  }

  private async backends(): Promise<number[]> {
    const rows = await this.ask('SELECT pid FROM pg_stat_activity WHERE application_name = $1 ORDER BY pid', [
      `sparkq ${this.place.schema}`,
    ]);
    return rows.map(([pid]) => Number(pid));
  }

  /** Asks the server itself, which may be about to start. */
  private async ask(text: string, ...values: unknown[]): Promise<unknown[][]> {
    for (;;) {
      const client = new pg.Client({ connectionString: this.place.url });
      client.on('error', () => undefined);
      try {
        await client.connect();
        return (await client.query({ text, values: values.flat(), rowMode: 'array' })).rows;
      } catch (error) {
        if (!/^(57P0.|E[A-Z]+)$/.test(String((error as { code?: unknown }).code))) throw error;
      } finally {
        await client.end();
      }
    }
  }

  private async compare(scheduled: number): Promise<void> {
    const ids = new Set<string>();
    for (const stream of this.streams) {
      const tasks = await this.tasksOf(stream);
      assert.equal(tasks.length, this.tasks / this.streams.length, `tasks of ${stream}`);
      for (const [at, task] of tasks.entries()) {
        ids.add(task.id);
        const about = `${stream} ${at}: ${JSON.stringify(task)}`;
        assert.deepEqual([task.label, task.status, task.attempts], [String(at), 'succeeded', 1], about);
      }
    }
    const did = this.running.flatMap((_, number) =>
      readFileSync(path.join(this.folder, `host-${number}`, 'done'), 'utf8')
        .trim()
        .split('\n'),
    );
    assert.deepEqual(did.sort(), [...ids].sort(), 'each task was done once');
    this.counts.tasks = ids.size;
    this.counts.scheduled = (await this.tasksOf('timed')).length;
    assert.equal(this.counts.scheduled, scheduled, 'each time of a schedule once');
    this.checkEvents();
  }

  private async tasksOf(stream: string): Promise<Task[]> {
    const { items } = await insist(() => this.observer.listTasks({ stream, order: 'position', limit: 1000 }));
    return items;
  }

  /** Their numbers have no gap, and each claim took the first task that was queued in its stream. */
  private checkEvents(): void {
    const queued = new Map(this.streams.map((name) => [name, new Set<number>()]));
    let before: number | undefined;
    for (const { id, type, task } of this.events) {
      const number = Number(id.split('-')[1]);
      if (type === 'reset') this.counts.resets += 1;
      else if (before !== undefined) assert.equal(number, before + 1, `${type} ${id} came after ${before}`);
      before = number;
      const lane = queued.get(this.names.get(task?.stream_id ?? '') ?? '');
      if (lane === undefined || task === undefined || this.counts.resets > 0) continue;
      const label = Number(task.label);
      if (type === 'task.claimed') {
        assert.equal(label, Math.min(...lane), `${id}: claimed out of order`);
        lane.delete(label);
      } else if (task.status === 'queued') lane.add(label);
    }
    this.counts.events = this.events.length;
  }
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, 'close');
  child.kill('SIGKILL');
  await ended;
}
