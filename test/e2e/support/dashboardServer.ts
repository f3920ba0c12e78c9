/** A server whose queue holds made-up runs: for pictures and figures of the dashboard that need many of them. */

import { toInstant } from '../../../src/core/clock';
import type { QueueEvent, QueueListener } from '../../../src/core/events';
import { silentLog } from '../../../src/core/log';
import type { Run, Stream, Task } from '../../../src/core/model';
import type { Queue } from '../../../src/core/queue';
import { waitingFor } from '../../../src/core/waiting';
import { type HttpServer, startServer } from '../../../src/server/httpServer';
import { Random } from '../../support/random';
import { inRepository } from '../../vscode/root';

const streamNames = ['checks', 'api', 'docs', 'nightly builds', 'agents'];
const scripts = [
  'scripts/test.sh',
  'scripts/build.sh',
  'scripts/lint.js',
  'tools/release/check_links.py',
  'reports/disk-usage.sh',
];
const token = 'c'.repeat(64);

export class MadeUpQueue {
  readonly runs: Run[];
  /** The name of the task that waits. */
  waiting = 'Migrate the users';
  readonly #listeners = new Set<QueueListener>();
  #events = 0;

  /**
   * @param count of runs
   * @param span milliseconds before now that they lie in
   */
  constructor(count: number, span: number, seed = 1) {
    this.runs = makeRuns(count, span, seed);
  }

  get streams(): Stream[] {
    return this.runs.length === 0 ? [] : streamNames.map((name, at) => streamOf(name, at));
  }

  asQueue(): Queue {
    const queued = this.runs.length === 0 ? 0 : 7;
    const running = this.runs.filter(({ finished_at: end }) => end === null).length;
    const parts: Partial<Queue> = {
      status: async () =>
        ({ counts: { queued, running, failed_unreviewed: queued === 0 ? 0 : 3 } }) as Awaited<
          ReturnType<Queue['status']>
        >,
      listStreams: async () => ({ items: this.streams, total: 0, limit: 1_000, offset: 0 }),
      listTasks: async () => ({
        items: queued === 0 ? [] : [waitingTask(this.waiting)],
        total: 1,
        limit: 5,
        offset: 0,
      }),
      listRuns: async ({ since, limit = 1_000 }) => {
        const seen = this.runs.filter(({ finished_at: end }) => end === null || end >= since);
        return { runs: seen.slice(0, limit), more: seen.length > limit };
      },
      subscribe: (listener) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
    };
    return parts as Queue;
  }

  /** Tells of a run, as the queue does when one begins or ends. */
  tell(type: 'task.claimed' | 'task.succeeded', run: Run): void {
    this.#events += 1;
    const task = {
      id: run.task_id,
      stream_id: run.stream_id,
      label: run.name,
      tool_name: run.tool_name,
      attempts: run.number,
      status: type === 'task.claimed' ? 'running' : 'succeeded',
      created_at: run.queued_at,
      not_before: null,
      started_at: run.started_at,
      finished_at: run.finished_at,
      exit_code: run.exit_code,
      payload_json: null,
    } as Task;
    const event: QueueEvent = {
      id: `1-${this.#events}`,
      type,
      at: run.started_at,
      stream_id: run.stream_id,
      task_id: run.task_id,
      task,
    };
    for (const listener of this.#listeners) listener(event);
  }

  serve(): Promise<HttpServer> {
    return startServer({
      queue: this.asQueue(),
      scripts: {
        refresh: async () => {},
        list: () => [],
        everything: () => [],
        search: () => [],
        problems: () => [],
      },
      token,
      agentToken: 'agent',
      port: 0,
      log: silentLog,
      version: '1.0.0',
      programs: inRepository('dist'),
    });
  }
}

/** An address that lets one browser in to the dashboard. */
export async function dashboardAddress({ url }: HttpServer): Promise<string> {
  const answer = await fetch(`${url}/api/tickets`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  });
  const { path } = (await answer.json()) as { path: string };
  return `${url}${path}&page=/dashboard`;
}

function makeRuns(count: number, span: number, seed: number): Run[] {
  const source = new Random(seed);
  const random = () => source.next();
  const now = Date.now();
  return Array.from({ length: count }, (_, at) => {
    const start = now - span * ((at + random()) / count);
    const script = scripts[Math.floor(random() ** 2 * scripts.length)] ?? '';
    const lasts =
      (span / Math.max(20, count)) *
      streamNames.length *
      (0.2 + random() * (1 + scripts.indexOf(script) / 3));
    const end = start + lasts < now ? start + lasts : null;
    const luck = random();
    const outcome: Run['outcome'] =
      end === null
        ? null
        : luck < 0.84
          ? 'succeeded'
          : luck < 0.91
            ? 'error'
            : luck < 0.94
              ? 'timeout'
              : luck < 0.97
                ? 'cancelled'
                : 'interrupted';
    return {
      task_id: `tsk_${at.toString(16).padStart(12, '0')}`,
      number: 1,
      stream_id: idOf(Math.floor(random() * streamNames.length)),
      name: script.split('/').at(-1) ?? '',
      script_path: script,
      tool_name: 'run-bash',
      queued_at: toInstant(start - random() ** 3 * span * 0.02),
      started_at: toInstant(start),
      finished_at: end === null ? null : toInstant(end),
      outcome,
      exit_code: outcome === 'error' ? 2 : outcome === 'succeeded' ? 0 : null,
      ...{ stand_in: null, usage: null },
    };
  });
}

const idOf = (at: number) => `str_${at.toString(16).padStart(12, '0')}`;

function streamOf(name: string, at: number): Stream {
  return { id: idOf(at), name, status: 'active', counts: { queued: at === 1 ? 7 : 0 } } as Stream;
}

function waitingTask(label: string): Task {
  return {
    id: 'tsk_ffffffffffff',
    stream_id: idOf(1),
    label,
    tool_name: 'llm-sonnet',
    created_at: toInstant(Date.now() - 754_000),
    ...waitingFor({ code: 'no_worker', values: { stream: 'api' } }, Date.now()),
    payload_json: null,
  } as Task;
}
