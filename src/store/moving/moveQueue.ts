/**
 * Moves the files of a queue to another storage folder: they are copied and compared, the new folder gets its name when it
 * is complete, and the old one then says where the queue is. Until that, the old one is the queue.
 */

import fs from 'node:fs/promises';
import path from 'node:path';
import { messageOf, QueueError } from '../../core/errors';
import { isErrno } from '../../system/errno';
import { isFolder, makeFolder } from '../../system/folders';
import { tidyLater } from '../../system/heldFiles';
import { pathInside } from '../../system/paths';
import { isAliveIn, pidSpace, processStartTime } from '../../system/processes';
import { readJson, replaceFile } from '../../system/wholeFiles';
import { journalName, markerName, snapshotName, sortNames } from '../engine/fileNames';
import { nodeFiles, writeFileDurably } from '../engine/files';
import { findLoss } from '../engine/lostChanges';
import { type Recovered, recover } from '../engine/recovery';
import { encodeSnapshot } from '../engine/snapshotFile';
import { loadSqlJs } from '../engine/sqlite';
import { movedName, noteMoved, presentStorage } from '../ownership/movedTo';
import { onServerName } from '../ownership/onServer';
import { type InUse, underLock } from '../ownership/underLock';
import { migrations } from '../rows/schema';
import { copyTree } from './copyFiles';
import { heldImage } from './heldImage';

export interface Move {
  /** The storage folder. */
  storage: string;
  /** The folder that it is to be: there is none yet. */
  to: string;
  /** The folder with `sql-wasm.wasm`. */
  programs: string;
}

/** In the new folder: where the queue was, and the process that moved it. */
interface Origin {
  from: string;
  pid: number;
  start_time: string | null;
  boot_id: string | null;
  host: string;
  pid_namespace: string | null;
}

const originName = 'moved-from.json';

/** Of a storage folder that is being copied to: those that a person names are called something else. */
const partName = /-[0-9a-f]{16}\.part$/;

/** What belongs to the queue and not to the processes that have it open, besides the database. */
const lasting = ['output', 'archive'];
const alsoKept = ['set-aside', 'runs', 'endpoint.json', 'unreviewed-purge.json', onServerName];
/** The rest of what SparkQ makes in a storage folder. */
const passing = ['watchers', 'background.lock', 'background.log', originName];

/** Milliseconds to wait for a process that has the queue open in passing. */
export const patience = 2_000;
/** Milliseconds after which one that cannot be looked at from here, as of a container that is gone, counts as ended. */
const longPatience = 15_000;

export const inUse: InUse = {
  action: 'Moving',
  hint: 'Close its windows and agents, or end its server with sparkq stop or sparkq down, and try again',
};

/**
 * Moves a queue as it is.
 * @throws QueueError `conflict` while a process has it open, or runs of it are under way, whose supervisors write into
 * the folder; `storage_failed` where the copy cannot be made: nothing has changed then
 */
export function moveQueue(move: Move): Promise<void> {
  return transfer(move, patience, async (part) => {
    const { storage } = move;
    const before = await readQueue(move, storage);
    try {
      refuseRuns(before);
      for (const name of [...databaseFiles(await fs.readdir(storage)), ...lasting, ...alsoKept]) {
        await copyTree(path.join(storage, name), path.join(part, name));
      }
    } finally {
      before.sqlite.close();
    }
    const after = await readQueue(move, part);
    after.sqlite.close();
    if (after.sequence !== before.sequence) throw new Error('the copy is not complete');
  });
}

/**
 * Moves a queue that this user's programs do not know. It may be anybody's, so tasks wait for approval, schedules are
 * paused, and of what tells processes from each other, nothing is used.
 * @throws QueueError as for `moveQueue`; `conflict` also for a database with other things than a queue's
 */
export function adoptQueue(move: Move): Promise<void> {
  return transfer(move, longPatience, async (part, generation) => {
    const { storage, programs } = move;
    const found = await readQueue(move, storage);
    try {
      const image = heldImage(await loadSqlJs(programs), found.sqlite.image());
      const snapshot = path.join(part, snapshotName({ generation, number: 0 }));
      await writeFileDurably(nodeFiles, snapshot, encodeSnapshot(image, found.sequence));
    } finally {
      found.sqlite.close();
    }
    for (const name of lasting) await copyTree(path.join(storage, name), path.join(part, name));
  });
}

/** Removes what was kept where a queue was before it was moved here, unless this is still the process that moved it. */
export async function forgetFormer(storage: string): Promise<void> {
  const origin = readJson<Origin>(path.join(storage, originName));
  if (origin === null) return;
  const { from, pid, start_time: startTime, boot_id: boot, host, pid_namespace: namespace } = origin;
  if (isAliveIn({ host, boot, namespace }, pid, startTime) === true) return;
  await tidyLater(from, async () => {
    if (await isSameFolder(presentStorage(from), storage)) {
      const names = await fs.readdir(from);
      const locks = names.filter((name) => /^owner\.\d+$/.test(name));
      for (const name of [...databaseFiles(names), ...locks, ...lasting, ...alsoKept, ...passing])
        await fs.rm(path.join(from, name), { recursive: true, force: true });
    }
    await fs.rm(path.join(storage, originName), { force: true });
  });
}

async function transfer(
  { storage, to }: Move,
  waitMs: number,
  fill: (part: string, generation: number) => Promise<void>,
): Promise<void> {
  if (pathInside(storage, to) !== null || pathInside(to, storage) !== null) {
    throw new QueueError('conflict', `${to} and ${storage} contain each other`, 'Name another folder');
  }
  await underLock(storage, 'command', waitMs, inUse, async (generation) => {
    const part = `${to}.part`;
    try {
      await removeUnfinished(storage, path.dirname(to));
      await makeRoom(to);
      makeFolder(part);
      replaceFile(path.join(part, originName), JSON.stringify(originOf(storage)), true);
      await fill(part, generation);
      await nodeFiles.syncFolder(part);
      await fs.rename(part, to);
      await nodeFiles.syncFolder(path.dirname(to));
    } catch (error) {
      await fs.rm(part, { recursive: true, force: true }).catch(() => undefined);
      throw notMoved(storage, to, error);
    }
    noteMoved(storage, to);
  });
}

/** Removes copies of a queue in a folder that do not count: whoever made them was killed before the queue was there. */
async function removeUnfinished(storage: string, folder: string): Promise<void> {
  for (const name of await namesIn(folder)) {
    const copy = path.join(folder, name);
    if (!isFolder(copy)) continue;
    const ours = readJson<Origin>(path.join(copy, originName))?.from === storage;
    if (ours || (partName.test(name) && (await isBegun(copy))))
      await fs.rm(copy, { recursive: true, force: true });
  }
}

/** Whether a copy has nothing in it yet but what is to say whose it is. */
async function isBegun(copy: string): Promise<boolean> {
  return (await namesIn(copy)).every((name) => name.startsWith(originName));
}

/** Removes the note that an earlier move has left. @throws QueueError `conflict` where anything else is there */
async function makeRoom(to: string): Promise<void> {
  if ((await namesIn(to)).some((name) => name !== movedName))
    throw new QueueError('conflict', `${to} is not empty`, 'Name another folder');
  await fs.rm(to, { recursive: true, force: true });
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await fs.readdir(folder);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

async function isSameFolder(a: string, b: string): Promise<boolean> {
  const [one, other] = await Promise.all([fs.realpath(a), fs.realpath(b)]);
  return one === other;
}

async function readQueue({ programs }: Move, folder: string): Promise<Recovered> {
  const sqlJs = await loadSqlJs(programs);
  const newestSchema = migrations.at(-1)?.version ?? 0;
  const recovered = await recover({ sqlJs, files: nodeFiles, folder, newestSchema });
  const loss = await findLoss(nodeFiles, folder, recovered);
  if (loss === undefined) return recovered;
  recovered.sqlite.close();
  throw loss;
}

function refuseRuns({ sqlite }: Recovered): void {
  const running = sqlite.prepare("SELECT count(*) FROM tasks WHERE status = 'running' AND supervised = 1");
  const count = Number(sqlite.values(running, [])[0]?.[0]);
  if (count === 0) return;
  throw new QueueError(
    'conflict',
    `Moving not allowed while tasks run: ${count}`,
    'Wait until they have ended. If none runs, open the queue once, in a window or with sparkq serve: that records how they ended.',
  );
}

function databaseFiles(names: readonly string[]): string[] {
  const { snapshots, journals, markers } = sortNames(names);
  return [...snapshots.map(snapshotName), ...journals.map(journalName), ...markers.map(markerName)];
}

function originOf(from: string): Origin {
  const { host, boot, namespace } = pidSpace();
  return {
    from,
    pid: process.pid,
    start_time: processStartTime(process.pid),
    boot_id: boot,
    host,
    pid_namespace: namespace,
  };
}

function notMoved(storage: string, to: string, cause: unknown): QueueError {
  if (QueueError.is(cause)) return cause;
  return new QueueError(
    'storage_failed',
    `The queue could not be moved to ${to} (${messageOf(cause)}); it is in ${storage} as before.`,
    'Name an empty folder on a disk that can be written and has free space.',
    undefined,
    { cause },
  );
}
