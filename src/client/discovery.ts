/** How a running owner is found: one small file for each queue in the user folder. */

import { createHash } from 'node:crypto';
import { readdirSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { QueueError } from '../core/errors';
import type { Origin, OwnerRole } from '../core/model';
import { isErrno } from '../system/errno';
import { makeFolder } from '../system/folders';
import { isAliveIn } from '../system/processes';
import { readJson, removeFileIf, replaceFile } from '../system/wholeFiles';

/** The file's content. Whoever can read it may use the queue. */
export interface Discovery {
  protocol: number;
  version: string;
  pid: number;
  /** Distinguishes two processes with one pid; null where the platform does not tell. */
  startTime: string | null;
  host: string;
  /** Missing in files of earlier versions. */
  bootId?: string | null;
  pidNamespace?: string | null;
  role: OwnerRole;
  url: string;
  port: number;
  token: string;
  /** What agents send instead; missing in files of earlier versions. */
  agent_token?: string;
  /** Real paths of the folders that the queue belongs to. */
  workspaces: string[];
  storage: string;
  /** Of the owner's lock. */
  generation: number;
}

const folderName = 'owners';

/** The real path of a storage folder that may not exist yet, in the case in which it was made. It identifies its owners. */
export function realStorage(storage: string): string {
  try {
    return realpathSync.native(storage);
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
    const parent = path.dirname(path.resolve(storage));
    return parent === path.resolve(storage) ? parent : path.join(realStorage(parent), path.basename(storage));
  }
}

/** The file that says how to reach the owner of `storage`. */
export function discoveryFile(home: string, storage: string): string {
  const name = createHash('sha256').update(realStorage(storage)).digest('hex');
  return path.join(home, folderName, `${name}.json`);
}

/** Null when no owner has announced itself, or the file is not valid. */
export function readDiscovery(home: string, storage: string): Discovery | null {
  return validated(readJson<Partial<Discovery>>(discoveryFile(home, storage)));
}

/**
 * The token with which `caller` calls an owner.
 * @throws QueueError `upgrade_required` for an agent, where the owner does not tell agents from persons
 */
export function tokenFor(
  caller: Origin | undefined,
  { token, agent_token: agentToken, version }: Discovery,
): string {
  if (caller?.kind !== 'agent') return token;
  if (agentToken !== undefined) return agentToken;
  throw new QueueError(
    'upgrade_required',
    `The queue is owned by SparkQ ${version}, which starts what agents queue without asking`,
    'Update the program that owns it, or reload its window',
  );
}

/** Announces an owner, atomically. */
export function writeDiscovery(home: string, discovery: Discovery): void {
  makeFolder(path.join(home, folderName));
  replaceFile(discoveryFile(home, discovery.storage), `${JSON.stringify(discovery, null, 2)}\n`);
}

/** Removes the announcement of this owner; that of a later one stays. */
export function removeDiscovery(home: string, { storage, generation, pid }: Discovery): void {
  removeFileIf(discoveryFile(home, storage), (text) => {
    const present = parse(text);
    return present !== null && present.generation === generation && present.pid === pid;
  });
}

/** Every owner that has announced itself, dead ones included. */
export function listDiscoveries(home: string): Discovery[] {
  return filesIn(home).flatMap((file) => validated(readJson<Partial<Discovery>>(file)) ?? []);
}

/** Removes the files of owners that are provably dead, and returns how many. */
export function sweepDiscoveries(home: string): number {
  return filesIn(home).filter((file) => removeFileIf(file, (text) => isProvablyDead(parse(text)))).length;
}

/** Whether the owner's process has ended, as far as can be told from this machine. */
export function isProvablyDead(discovery: Discovery | null): boolean {
  if (discovery === null) return false;
  const { pid, startTime, host, bootId: boot, pidNamespace: namespace } = discovery;
  return isAliveIn({ host, boot, namespace }, pid, startTime) === false;
}

function filesIn(home: string): string[] {
  const folder = path.join(home, folderName);
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile() && /^[0-9a-f]{64}\.json$/.test(entry.name))
      .map(({ name }) => path.join(folder, name));
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

function parse(text: string): Discovery | null {
  try {
    return validated(JSON.parse(text) as Partial<Discovery>);
  } catch {
    return null;
  }
}

function validated(value: Partial<Discovery> | null): Discovery | null {
  const valid =
    typeof value?.url === 'string' &&
    typeof value.token === 'string' &&
    typeof value.pid === 'number' &&
    typeof value.generation === 'number' &&
    typeof value.protocol === 'number';
  return valid ? (value as Discovery) : null;
}
