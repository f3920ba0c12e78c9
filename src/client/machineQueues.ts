/** Every queue of this user on this machine, and what each is doing. */

import path from 'node:path';
import { messageOf } from '../core/errors';
import type { OwnerRole, Stream, WaitingReason } from '../core/model';
import { everything } from '../core/paging';
import type { Queue } from '../core/queue';
import { waitingFor, whyStuckHere } from '../core/waiting';
import { isFolder } from '../system/folders';
import { type Activity, activityOf, mostRuns } from './activity';
import { type Discovery, isProvablyDead, listDiscoveries, realStorage } from './discovery';
import { hasQueue, Registry } from './registry';
import { RemoteQueue } from './remote/remoteQueue';
import { workedOn } from './streamWorkers';

/** Milliseconds for which an owner may take to answer. */
const answerLimit = 5_000;

/** A stream of which nothing starts before a person does something. */
export interface StuckStream {
  name: string;
  queued: number;
  /** Why, in a sentence. */
  waiting: string;
  /** The same as data. */
  waiting_reason: WaitingReason;
}

export interface QueueActivity extends Activity {
  stuck: StuckStream[];
}

export interface MachineQueue {
  /** The folder that it belongs to; null where no file says so. */
  folder: string | null;
  /** Whether that folder exists. */
  folder_exists: boolean;
  storage: string;
  /** The process that has it open; null where none has. */
  owner: { pid: number; role: OwnerRole; url: string } | null;
  /** What the owner says of it; null where there is none, or it does not answer. */
  activity: QueueActivity | null;
  /** Why nothing more is known. */
  error: string | null;
}

/** The queues that files in the user folder name: their folders are not looked for elsewhere. */
export class MachineQueues {
  constructor(
    private readonly home: string,
    private readonly version: string,
  ) {}

  /** By folder. What goes wrong with one of them is said with that one. */
  async read(): Promise<MachineQueue[]> {
    const found = await Promise.all(this.places().map((place) => this.readOne(place)));
    return found
      .filter((queue) => queue !== null)
      .sort((a, b) => (a.folder ?? a.storage).localeCompare(b.folder ?? b.storage));
  }

  private places(): Place[] {
    const places = new Map<string, Place>();
    for (const { workspace, storage } of new Registry(this.home).list()) {
      if (typeof workspace !== 'string' || typeof storage !== 'string') continue;
      places.set(keyOf(storage), { folder: workspace, storage, announced: null });
    }
    for (const announced of listDiscoveries(this.home)) {
      const { storage, workspaces } = announced;
      if (typeof storage !== 'string' || isProvablyDead(announced)) continue;
      const key = keyOf(storage);
      const folder = places.get(key)?.folder ?? workspaces?.[0] ?? null;
      places.set(key, { folder, storage, announced });
    }
    return [...places.values()];
  }

  /** Null where there is no queue yet. */
  private async readOne({ folder, storage, announced }: Place): Promise<MachineQueue | null> {
    const queue: MachineQueue = {
      folder,
      folder_exists: folder !== null && isFolder(folder),
      storage,
      owner: null,
      activity: null,
      error: null,
    };
    try {
      if (announced === null) return hasQueue(storage) ? queue : null;
      const { pid, role, url, token } = announced;
      queue.owner = { pid, role, url };
      const remote = new RemoteQueue({
        url,
        token,
        version: this.version,
        patience: 0,
        silence: answerLimit,
      });
      try {
        queue.activity = await readActivity(remote);
      } finally {
        await remote.close();
      }
    } catch (error) {
      queue.error = messageOf(error);
    }
    return queue;
  }
}

interface Place {
  folder: string | null;
  storage: string;
  announced: Discovery | null;
}

/** One storage folder may have several paths. */
function keyOf(storage: string): string {
  try {
    return realStorage(storage);
  } catch {
    return path.resolve(storage);
  }
}

async function readActivity(queue: Queue): Promise<QueueActivity> {
  const [{ counts }, running, streams, isWorkedOn] = await Promise.all([
    queue.status(),
    queue.listTasks({ status: 'running', limit: mostRuns }),
    everything((page) => queue.listStreams({ ...page, status: 'active' })),
    workedOn(queue),
  ]);
  return {
    ...activityOf(counts, running.items),
    stuck: streams.flatMap((stream) => stuckStream(stream, isWorkedOn(stream)) ?? []),
  };
}

function stuckStream(stream: Stream, present: boolean): StuckStream | null {
  const reason = whyStuckHere(stream, present);
  if (reason === null) return null;
  const { name, counts } = stream;
  const { waiting } = waitingFor(reason, Date.now());
  return { name, queued: counts.queued, waiting: waiting ?? '', waiting_reason: reason };
}
