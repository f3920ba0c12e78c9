/** Finds the queue that a command means. Light: `sparkq status` stands on this, so nothing heavy is loaded from here. */

import path from 'node:path';
import { isProvablyDead, readDiscovery } from '../../client/discovery';
import { hasQueue, Registry, realPathOf } from '../../client/registry';
import { userFolder } from '../../client/userFolder';
import type { OwnerRole, QueueStatus } from '../../core/model';
import { noQueue } from '../terminal/errors';
import { call, type OwnerAddress } from './probe';

/** A queue's files, and the folder that it belongs to. */
export interface QueueLocation {
  storage: string;
  /** Real path. */
  workspace: string;
}

export type QueueTarget = OwnerAddress | QueueLocation;

/** The process that serves a queue. */
export interface Owner extends OwnerAddress {
  pid: number;
  role: OwnerRole;
}

/**
 * Where the queue is: the address outright, the storage outright, the named folder, or the current one or the nearest
 * above it that has a queue.
 * @throws CommandError with exit code 3 when there is none
 */
export function findQueue(named: string | undefined, env: NodeJS.ProcessEnv, cwd: string): QueueTarget {
  if (env.SPARKQ_URL) return { url: env.SPARKQ_URL.replace(/\/+$/, ''), token: env.SPARKQ_TOKEN ?? '' };
  const place = locateQueue(named, env, cwd);
  if (place !== null && hasQueue(place.storage)) return place;
  throw noQueue(place?.workspace ?? realPathOf(named ?? cwd));
}

/** The place that a command means, whether or not there are files; null when nothing is registered for the folder. */
export function locateQueue(
  named: string | undefined,
  env: NodeJS.ProcessEnv,
  cwd: string,
): QueueLocation | null {
  const folder = realPathOf(named ?? cwd);
  const registry = new Registry(userFolder(env));
  if (env.SPARKQ_STORAGE) {
    const known = registry.ofStorage(env.SPARKQ_STORAGE);
    const storage = known?.storage ?? path.resolve(env.SPARKQ_STORAGE);
    return { storage, workspace: named === undefined ? (known?.workspace ?? folder) : folder };
  }
  const entry = named === undefined ? registry.nearest(folder) : registry.find(folder);
  return entry === undefined ? null : { storage: entry.storage, workspace: entry.workspace };
}

/** The process that serves the queue now; null when none does. */
export async function reachOwner(where: QueueTarget, env: NodeJS.ProcessEnv): Promise<Owner | null> {
  if ('url' in where) {
    const { pid, role } = (await call('GET', where, '/api/status')) as QueueStatus;
    return { ...where, pid, role };
  }
  const found = readDiscovery(userFolder(env), where.storage);
  return found === null || isProvablyDead(found) ? null : found;
}
