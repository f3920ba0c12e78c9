/**
 * Where the queue of each workspace is stored. The first program to open a workspace decides, editor or command line;
 * all others look it up. A workspace is known by its real path, and recognized after a move by its folder's identity.
 */

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { type Clock, sleep, systemClock } from '../core/clock';
import { QueueError } from '../core/errors';
import { presentStorage } from '../store/ownership/movedTo';
import { isErrno } from '../system/errno';
import { samePath } from '../system/paths';
import { PidLock } from '../system/pidLock';
import { readFileIfAny, replaceFile } from '../system/wholeFiles';

export interface RegistryEntry {
  /** Real path of the workspace's first folder. */
  workspace: string;
  /** Identity of that folder: its inode, and its creation time in milliseconds since 1970. */
  inode: string;
  born: number;
  storage: string;
  /** Absolute paths of the other folders that its tasks may come from: they were open in a trusted window with it. */
  folders?: string[];
}

interface RegistryText {
  version: 1;
  workspaces: RegistryEntry[];
}

/** Milliseconds to wait while another process changes the registry, and between two tries. */
const lockWait = 5_000;
const lockPoll = 20;

export class Registry {
  readonly #file: string;

  constructor(
    readonly home: string,
    private readonly clock: Clock = systemClock,
  ) {
    this.#file = path.join(home, 'registry.json');
  }

  /** Every entry, with the storage folder where the queue is now. */
  list(): RegistryEntry[] {
    return this.#read().workspaces.map((entry) => ({ ...entry, storage: presentStorage(entry.storage) }));
  }

  /** The entry of exactly this folder; undefined when it has no queue. */
  find(workspace: string): RegistryEntry | undefined {
    const real = realPathOf(workspace);
    return this.list().find((entry) => samePath(entry.workspace, real));
  }

  /** The entry whose queue is in this storage folder, by whatever path it is named. */
  ofStorage(storage: string): RegistryEntry | undefined {
    const present = presentStorage(storage);
    return this.list().find((entry) => sameFolder(entry.storage, present));
  }

  /** The entry of this folder or of the nearest one above it. */
  nearest(folder: string): RegistryEntry | undefined {
    const entries = this.list();
    for (let at = realPathOf(folder); ; at = path.dirname(at)) {
      const entry = entries.find(({ workspace }) => samePath(workspace, at));
      if (entry !== undefined || path.dirname(at) === at) return entry;
    }
  }

  /** The entry of this same folder under an earlier path, if its queue exists: to be offered, never used without asking. */
  findMoved(workspace: string): RegistryEntry | undefined {
    const { inode, born } = identityOf(workspace);
    const real = realPathOf(workspace);
    return this.list().find(
      (entry) =>
        entry.inode === inode &&
        entry.born === born &&
        !samePath(entry.workspace, real) &&
        !existsSync(entry.workspace) &&
        hasQueue(entry.storage),
    );
  }

  /** The entries of folders that no longer exist at their path. */
  gone(): RegistryEntry[] {
    return this.list().filter(({ workspace }) => !existsSync(workspace));
  }

  /** The storage folder of a workspace: the registered one, else `preferred`, which is then registered. */
  async storageFor(workspace: string, preferred: string): Promise<string> {
    const known = this.find(workspace);
    if (known !== undefined) return known.storage;
    return this.#change((entries) => {
      const real = realPathOf(workspace);
      const meanwhile = entries.find((entry) => samePath(entry.workspace, real));
      if (meanwhile !== undefined) return presentStorage(meanwhile.storage);
      const storage = presentStorage(preferred);
      entries.push({ workspace: real, ...identityOf(real), storage });
      return storage;
    });
  }

  /** Registers the new storage folder of a queue that was moved, for whoever had it. */
  async moved(from: string, to: string): Promise<void> {
    await this.#change((entries) => {
      for (const entry of entries) if (sameFolder(entry.storage, from)) entry.storage = to;
    });
  }

  /** Registers `storage` for a workspace, in place of its own and of a moved workspace that had it. */
  async attach(workspace: string, storage: string): Promise<void> {
    const real = realPathOf(workspace);
    await this.#change((entries) => {
      const others = entries.filter(
        (entry) =>
          !samePath(entry.workspace, real) &&
          !(sameFolder(entry.storage, storage) && !existsSync(entry.workspace)),
      );
      others.push({ workspace: real, ...identityOf(real), storage });
      entries.splice(0, entries.length, ...others);
    });
  }

  /** The other folders that tasks of a workspace may come from, as far as they exist. */
  otherFolders(workspace: string): string[] {
    return foldersIn(this.find(workspace)).filter((folder) => existsSync(folder));
  }

  /** Lets tasks of a registered workspace come from these folders as well. */
  async addFolders(workspace: string, folders: readonly string[]): Promise<void> {
    const missing = (entry: RegistryEntry | undefined) => {
      const known = foldersIn(entry);
      return folders.filter((folder) => !known.some((one) => samePath(one, folder)));
    };
    if (missing(this.find(workspace)).length === 0) return;
    const real = realPathOf(workspace);
    await this.#change((entries) => {
      const entry = entries.find((one) => samePath(one.workspace, real));
      if (entry) entry.folders = [...foldersIn(entry), ...missing(entry)];
    });
  }

  #read(): RegistryText {
    const text = readFileIfAny(this.#file);
    if (text === null) return { version: 1, workspaces: [] };
    const workspaces = entriesOf(text);
    if (workspaces !== undefined) return { version: 1, workspaces };
    throw new QueueError(
      'conflict',
      `The registry ${this.#file} cannot be read`,
      'Move it away; queues are found again by `sparkq` with SPARKQ_STORAGE, or by "SparkQ: Attach Queue"',
    );
  }

  async #change<T>(work: (entries: RegistryEntry[]) => T): Promise<T> {
    const lock = await this.#lock();
    try {
      const { workspaces } = this.#read();
      const answer = work(workspaces);
      replaceFile(this.#file, `${JSON.stringify({ version: 1, workspaces }, null, 2)}\n`, true);
      return answer;
    } finally {
      lock.release();
    }
  }

  /** Keeps other processes from changing the registry. */
  async #lock(): Promise<PidLock> {
    const file = `${this.#file}.lock`;
    const until = this.clock.monotonic() + lockWait;
    for (;;) {
      const taken = PidLock.acquire(file, this.clock);
      if ('lock' in taken) return taken.lock;
      if (this.clock.monotonic() > until) {
        throw new QueueError(
          'unavailable',
          `The registry ${this.#file} is locked by another process`,
          `Remove ${file} if none runs`,
        );
      }
      await sleep(lockPoll, this.clock);
    }
  }
}

/** Whether a queue was ever opened in this storage folder. */
export function hasQueue(storage: string): boolean {
  try {
    return readdirSync(storage).some((name) => /^(owner\.\d+|journal-.*|snapshot-.*)$/.test(name));
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false;
    throw error;
  }
}

/** The storage folder of a workspace for which no editor has chosen one. */
export function defaultStorage(home: string, workspace: string): string {
  const real = realPathOf(workspace);
  const name = path
    .basename(real)
    .replaceAll(/[^A-Za-z0-9_-]+/g, '-')
    .slice(0, 40);
  const hash = createHash('sha256').update(real).digest('hex').slice(0, 16);
  return path.join(home, 'queues', name === '' ? hash : `${name}-${hash}`);
}

/**
 * The storage folder that all windows of a workspace share: on remote hosts VS Code gives a second window of one folder
 * its own storage folder, with a suffix `-1` to `-9`.
 */
export function canonicalStorage(storage: string): string {
  const id = path.basename(path.dirname(storage));
  const root = path.dirname(path.dirname(storage));
  const plain = /^(-?[0-9a-f]+)-[1-9]$/.exec(id)?.[1];
  if (plain === undefined || path.basename(root) !== 'workspaceStorage') return storage;
  return path.join(root, plain, path.basename(storage));
}

/** Whether two paths lead to one folder. */
export function sameFolder(a: string, b: string): boolean {
  return samePath(realPathOf(a), realPathOf(b));
}

/** The real path of a folder; the path itself when the folder does not exist. */
export function realPathOf(folder: string): string {
  try {
    return realpathSync.native(folder);
  } catch {
    return path.resolve(folder);
  }
}

function identityOf(folder: string): { inode: string; born: number } {
  const facts = statSync(folder, { bigint: true });
  return { inode: String(facts.ino), born: Number(facts.birthtimeMs) };
}

function foldersIn(entry: RegistryEntry | undefined): string[] {
  const folders: unknown = entry?.folders;
  const isFolder = (one: unknown): one is string => typeof one === 'string' && path.isAbsolute(one);
  return Array.isArray(folders) ? folders.filter(isFolder) : [];
}

function entriesOf(text: string): RegistryEntry[] | undefined {
  try {
    const { workspaces } = JSON.parse(text) as Partial<RegistryText>;
    return Array.isArray(workspaces) ? workspaces : undefined;
  } catch {
    return undefined;
  }
}
