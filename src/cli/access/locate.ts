/** Finds the queue that a command means. Light: `sparkq status` uses it, so it loads nothing heavy. */

import { existsSync } from 'node:fs';
import path from 'node:path';
import { isProvablyDead, readDiscovery, tokenFor } from '../../client/discovery';
import { hasQueue, Registry, realPathOf } from '../../client/registry';
import { Connection, type Reply } from '../../client/remote/connection';
import { unknownQueueNear } from '../../client/storage/workspaceQueue';
import { userFolder } from '../../client/userFolder';
import { QueueError } from '../../core/errors';
import type { OwnerRole, QueueStatus } from '../../core/model';
import { presentStorage } from '../../store/ownership/movedTo';
import { shellWord } from '../../system/shellWords';
import { callerOf } from './caller';

/** Milliseconds for which an owner may take to answer. */
const healthLimit = 2_000;
const statusLimit = 10_000;

/** A queue's files, and the folder that it belongs to. */
export interface QueueLocation {
  storage: string;
  /** Real path. */
  workspace: string;
}

export interface OwnerAddress {
  /** `http://127.0.0.1:<port>` */
  url: string;
  token: string;
}

export type QueueTarget = OwnerAddress | QueueLocation;

/** The files of a queue, for a command that cannot do with its address. @throws QueueError where only that is known */
export function filesOf(target: QueueTarget): QueueLocation {
  if (!('url' in target)) return target;
  throw new QueueError(
    'conflict',
    'This command needs the files of the queue; SPARKQ_URL names only its address',
    'Unset SPARKQ_URL and run it in the folder of the queue',
  );
}

/** The process that serves a queue. */
export interface Owner extends OwnerAddress {
  pid: number;
  /** As in its discovery file; unknown where only its address is. */
  startTime?: string | null;
  role: OwnerRole;
}

/**
 * Where the queue is: the address outright, the storage outright, the named folder, or the current one or the nearest
 * above it that has a queue.
 * @throws QueueError `unavailable` when there is none
 */
export function findQueue(named: string | undefined, env: NodeJS.ProcessEnv, cwd: () => string): QueueTarget {
  if (env.SPARKQ_URL) return { url: env.SPARKQ_URL.replace(/\/+$/, ''), token: env.SPARKQ_TOKEN ?? '' };
  const location = locateQueue(named, env, cwd);
  if (location !== null && hasQueue(location.storage)) return location;
  const folder = location?.workspace ?? realPathOf(named ?? cwd());
  const moved = location === null ? movedFolder(folder, named === undefined, env) : undefined;
  if (moved !== undefined) {
    throw new QueueError(
      'unavailable',
      `No queue in ${moved.now}, but in ${moved.before}, which this folder was before`,
      `Attach it with: sparkq setup${moved.now === folder ? '' : ` --workspace ${shellWord(moved.now)}`}`,
      { before: moved.before },
    );
  }
  const unknown = findUnknown(folder, env);
  if (unknown !== undefined) {
    throw new QueueError(
      'unavailable',
      `No queue in ${folder} that SparkQ knows here, but ${unknown.storage}, which may have come with the folder from somebody else`,
      'Open it with: sparkq storage open',
      { found: unknown.storage },
    );
  }
  throw new QueueError('unavailable', `No queue in ${folder}`, 'Create one with: sparkq setup');
}

/** The queue in the `.sparkq` of this folder, or of the nearest one above it, that this user's programs do not know. */
export function findUnknown(
  folder: string,
  env: NodeJS.ProcessEnv,
): { workspace: string; storage: string } | undefined {
  return unknownQueueNear(folder, new Registry(userFolder(env)));
}

/** The folder, or where `above` is set one above it, that had a queue under an earlier path. */
function movedFolder(
  folder: string,
  above: boolean,
  env: NodeJS.ProcessEnv,
): { now: string; before: string } | undefined {
  const registry = new Registry(userFolder(env));
  for (let at = folder; existsSync(at); at = path.dirname(at)) {
    const before = registry.findMoved(at)?.workspace;
    if (before !== undefined) return { now: at, before };
    if (!above || path.dirname(at) === at) return undefined;
  }
  return undefined;
}

/** Where the queue should be, whether or not it exists; null when nothing is registered for the folder. */
function locateQueue(
  named: string | undefined,
  env: NodeJS.ProcessEnv,
  cwd: () => string,
): QueueLocation | null {
  const folder = realPathOf(named ?? cwd());
  const registry = new Registry(userFolder(env));
  if (env.SPARKQ_STORAGE) {
    const known = registry.ofStorage(env.SPARKQ_STORAGE);
    const storage = known?.storage ?? presentStorage(path.resolve(env.SPARKQ_STORAGE));
    return { storage, workspace: named === undefined ? (known?.workspace ?? folder) : folder };
  }
  const entry = named === undefined ? registry.nearest(folder) : registry.find(folder);
  return entry === undefined ? null : { storage: entry.storage, workspace: entry.workspace };
}

/** The process that serves the queue now; null when none does. */
export async function reachOwner(target: QueueTarget, env: NodeJS.ProcessEnv): Promise<Owner | null> {
  if ('url' in target) {
    const { pid, role } = await readOwnerStatus(target);
    return { ...target, pid, role };
  }
  const found = readDiscovery(userFolder(env), target.storage);
  if (found === null || isProvablyDead(found)) return null;
  const { url, pid, startTime, role } = found;
  return { url, token: tokenFor(callerOf(env), found), pid, startTime, role };
}

/** What the owner says of its queue. @throws QueueError `unavailable` when it cannot be reached */
export async function readOwnerStatus(owner: OwnerAddress): Promise<QueueStatus> {
  const { text } = await get(owner, '/api/status', statusLimit);
  return JSON.parse(text) as QueueStatus;
}

/** A page of rows, as the owner's API answers. @param path e.g. `/api/tasks?status=running` */
export async function readOwnerRows<T>(owner: OwnerAddress, path: string, name: string): Promise<T[]> {
  const { text } = await get(owner, path, statusLimit);
  return (JSON.parse(text) as Record<string, T[]>)[name] ?? [];
}

/** Whether anything serves a queue at `url`. */
export async function isServing(url: string): Promise<boolean> {
  try {
    await get({ url, token: '' }, '/health', healthLimit);
    return true;
  } catch (error) {
    if (QueueError.is(error)) return false;
    throw error;
  }
}

async function get({ url, token }: OwnerAddress, path: string, silence: number): Promise<Reply> {
  const connection = new Connection({ url, token, silence, patience: 0 });
  try {
    return await connection.exchange({ method: 'GET', path });
  } finally {
    connection.close();
  }
}
