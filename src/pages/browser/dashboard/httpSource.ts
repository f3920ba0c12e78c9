/** The dashboard's source in a browser: the HTTP API of the server that served the page. A cookie authorizes it. */

import { type EventType, eventTypes, type QueueEvent } from '../../../core/events';
import type { Page, QueueStatus, Stream, Task } from '../../../core/model';
import type { RunFilter, RunList, TaskFilter } from '../../../core/queue';
import { english } from '../../../core/translator';
import { waitingIn } from '../../../core/waiting';
import type {
  DashboardChange,
  DashboardData,
  DashboardSource,
  Overview,
} from '../../dashboard/dashboardData';
import type { DashboardStart } from '../../dashboard/dashboardTexts';
import { changeOf, type ReadQueue, readDashboard, readOverview } from '../../dashboard/readDashboard';

export class HttpSource implements DashboardSource {
  readonly #queue = new HttpQueue();

  constructor(private readonly start: Pick<DashboardStart, 'texts' | 'waiting'>) {}

  load(since: number): Promise<DashboardData> {
    return this.#read(() => readDashboard(this.#queue, since, this.#why));
  }

  overview(): Promise<Overview> {
    return this.#read(() => readOverview(this.#queue, this.#why));
  }

  onChange(listener: (changes: readonly DashboardChange[]) => void): () => void {
    const events = new EventSource('/api/events');
    let broken = false;
    const onEvent = ({ data }: MessageEvent<string>) => {
      const change = changeOf(JSON.parse(data) as QueueEvent);
      if (change) listener([change]);
    };
    for (const type of eventTypes satisfies readonly EventType[]) events.addEventListener(type, onEvent);
    events.addEventListener('open', () => {
      // The browser resumes after the last event it saw; if it saw none, events may have been missed.
      if (broken) listener([{ type: 'reset' }]);
      broken = false;
    });
    events.addEventListener('error', () => {
      broken = true;
      // Reading again reports the cause: the server is gone, or the cookie is no longer valid.
      listener([{ type: 'reset' }]);
    });
    return () => events.close();
  }

  readonly #why = (task: Task) =>
    waitingIn(task, Date.now(), {
      t: (text, ...values) => english.t(this.start.waiting[text] ?? text, ...values),
    }) ?? '';

  async #read<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof Refused)) throw new Error(this.start.texts.unreachable, { cause: error });
      throw error.status === 401 ? new Error(this.start.texts.connectionLost) : error;
    }
  }
}

class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** The part of a queue that the dashboard reads, over HTTP. */
class HttpQueue implements ReadQueue {
  status(): Promise<QueueStatus> {
    return get('/api/status');
  }

  async listStreams({ limit }: { limit?: number } = {}): Promise<Page<Stream>> {
    const { streams: items, ...page } = await get<Omit<Page<Stream>, 'items'> & { streams: Stream[] }>(
      '/api/streams',
      { limit },
    );
    return { items, ...page };
  }

  async listTasks({ stream, status, order, limit }: TaskFilter = {}): Promise<Page<Task>> {
    const { tasks: items, ...page } = await get<Omit<Page<Task>, 'items'> & { tasks: Task[] }>('/api/tasks', {
      stream,
      status,
      order,
      limit,
    });
    return { items, ...page };
  }

  listRuns(filter: RunFilter): Promise<RunList> {
    return get('/api/runs', { ...filter });
  }
}

async function get<T>(
  path: string,
  query: Record<string, string | number | boolean | undefined> = {},
): Promise<T> {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
  const answer = await fetch(search.size > 0 ? `${path}?${search}` : path);
  const body: unknown = await answer.json();
  if (!answer.ok) throw new Refused(answer.status, (body as { error: string }).error);
  return body as T;
}
