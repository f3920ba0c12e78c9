import path from 'node:path';
import type { FileFacts, Files, OpenMode } from '../../src/store/engine/files';
import type { Random } from './random';

/** One file of the model: what a sync has made certain, and what came since. */
interface Inode {
  certain: Uint8Array;
  present: Uint8Array;
  /** Writes and cuts of length since the last sync, in their order. */
  since: ({ position: number; bytes: Uint8Array } | { size: number })[];
}

type NameChange = { set: string; inode: Inode } | { remove: string };

const sector = 512;

/** Which promises of the disk the model does not keep: what a program without that call would get. */
export interface BrokenPromises {
  /** For files whose path matches. */
  datasync?: RegExp;
  syncFolder?: boolean;
}

/** The form in which the model keeps paths, whatever this system's separator. */
function plain(file: string): string {
  return file.replaceAll(path.sep, '/');
}

/**
 * A disk whose power can be cut. A cut keeps what was synced, a random subset of the sectors written since, and of
 * the changes of names since the folder's last sync a random prefix. After the cut every call fails.
 */
export class DiskModel implements Files {
  private readonly certainNames = new Map<string, Inode>();
  private readonly names = new Map<string, Inode>();
  private nameChanges: NameChange[] = [];
  private readonly descriptors = new Map<number, Inode>();
  private nextDescriptor = 3;
  private off = false;
  operations = 0;

  constructor(
    private readonly broken: BrokenPromises = {},
    /** The power goes before this operation. */
    private readonly powerUntil = Number.POSITIVE_INFINITY,
  ) {}

  /** The disk as it is found when the power is back. */
  cut(random: Random, broken: BrokenPromises = this.broken, powerUntil?: number): DiskModel {
    this.off = true;
    const next = new DiskModel(broken, powerUntil);
    const names = new Map(this.certainNames);
    const kept = random.below(this.nameChanges.length + 1);
    for (const change of this.nameChanges.slice(0, kept)) applyChange(names, change);
    const found = new Map<Inode, Inode>();
    for (const [name, inode] of names) {
      const copy = found.get(inode) ?? survivor(inode, random);
      found.set(inode, copy);
      next.names.set(name, copy);
      next.certainNames.set(name, copy);
    }
    return next;
  }

  /** The disk when only the process has died: nothing is lost, and nothing is more certain than before. */
  kill(broken: BrokenPromises = this.broken, powerUntil?: number): DiskModel {
    this.off = true;
    const next = new DiskModel(broken, powerUntil);
    const copies = new Map<Inode, Inode>();
    const copyOf = (inode: Inode): Inode => {
      const copy = copies.get(inode) ?? { ...inode, since: [...inode.since] };
      copies.set(inode, copy);
      return copy;
    };
    for (const [name, inode] of this.certainNames) next.certainNames.set(name, copyOf(inode));
    for (const [name, inode] of this.names) next.names.set(name, copyOf(inode));
    next.nameChanges = this.nameChanges.map((change) =>
      'set' in change ? { set: change.set, inode: copyOf(change.inode) } : change,
    );
    return next;
  }

  /** A disk of the same files, all of them certain. */
  copy(): DiskModel {
    const next = new DiskModel();
    for (const [name, inode] of this.names) next.put(name, inode.present);
    return next;
  }

  put(file: string, bytes: Uint8Array): void {
    const inode = { certain: bytes.slice(), present: bytes.slice(), since: [] };
    this.names.set(plain(file), inode);
    this.certainNames.set(plain(file), inode);
  }

  content(file: string): Buffer {
    return Buffer.from(this.inode(file).present);
  }

  list(): string[] {
    return [...this.names.keys()].sort();
  }

  async open(file: string, mode: OpenMode): Promise<number> {
    await this.step();
    if (mode === 'create') {
      if (this.names.has(plain(file))) throw failure('EEXIST', file);
      this.change({
        set: plain(file),
        inode: { certain: new Uint8Array(), present: new Uint8Array(), since: [] },
      });
    }
    const descriptor = this.nextDescriptor++;
    this.descriptors.set(descriptor, this.inode(file));
    return descriptor;
  }

  async close(descriptor: number): Promise<void> {
    await this.step();
    this.descriptors.delete(descriptor);
  }

  writeNow(descriptor: number, bytes: Uint8Array, position: number): number {
    this.count();
    const inode = this.opened(descriptor);
    inode.since.push({ position, bytes: bytes.slice() });
    inode.present = written(inode.present, position, bytes);
    return bytes.length;
  }

  async write(descriptor: number, bytes: Uint8Array, position: number): Promise<number> {
    await this.step();
    this.operations -= 1;
    return this.writeNow(descriptor, bytes, position);
  }

  async truncate(descriptor: number, size: number): Promise<void> {
    await this.step();
    const inode = this.opened(descriptor);
    inode.since.push({ size });
    inode.present = resized(inode.present, size);
  }

  async datasync(descriptor: number): Promise<void> {
    await this.step();
    const inode = this.opened(descriptor);
    const file = [...this.names].find(([, one]) => one === inode)?.[0] ?? '';
    if (this.broken.datasync?.test(file)) return;
    inode.certain = inode.present.slice();
    inode.since = [];
  }

  async syncFolder(folder: string): Promise<void> {
    await this.step();
    if (this.broken.syncFolder) return;
    const rest: NameChange[] = [];
    for (const change of this.nameChanges) {
      const name = 'set' in change ? change.set : change.remove;
      if (path.dirname(name) === plain(folder)) applyChange(this.certainNames, change);
      else rest.push(change);
    }
    this.nameChanges = rest;
  }

  async readFile(file: string): Promise<Uint8Array> {
    await this.step();
    return this.content(file);
  }

  async rename(from: string, to: string): Promise<void> {
    await this.step();
    const inode = this.inode(from);
    this.change({ set: plain(to), inode });
    this.change({ remove: plain(from) });
  }

  async unlink(file: string): Promise<void> {
    await this.step();
    this.inode(file);
    this.change({ remove: plain(file) });
  }

  async readFolder(folder: string): Promise<string[]> {
    await this.step();
    return [...this.names.keys()]
      .filter((name) => path.dirname(name) === plain(folder))
      .map((name) => path.basename(name));
  }

  async makeFolder(): Promise<void> {
    await this.step();
  }

  async stat(file: string): Promise<FileFacts | undefined> {
    await this.step();
    const inode = this.names.get(plain(file));
    return inode && { size: inode.present.length, modifiedAt: 1 };
  }

  private async step(): Promise<void> {
    this.count();
    await new Promise((resolve) => setImmediate(resolve));
    if (this.off) throw failure('EIO', 'the power is off');
  }

  private count(): void {
    this.operations += 1;
    if (this.operations >= this.powerUntil) this.off = true;
    if (this.off) throw failure('EIO', 'the power is off');
  }

  private change(change: NameChange): void {
    applyChange(this.names, change);
    this.nameChanges.push(change);
  }

  private inode(file: string): Inode {
    const inode = this.names.get(plain(file));
    if (inode === undefined) throw failure('ENOENT', file);
    return inode;
  }

  private opened(descriptor: number): Inode {
    const inode = this.descriptors.get(descriptor);
    if (inode === undefined) throw failure('EBADF', String(descriptor));
    return inode;
  }
}

export function failure(code: string, about: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${about}`), { code });
}

function applyChange(names: Map<string, Inode>, change: NameChange): void {
  if ('set' in change) names.set(change.set, change.inode);
  else names.delete(change.remove);
}

function survivor(inode: Inode, random: Random): Inode {
  let bytes = inode.certain.slice();
  for (const write of inode.since) {
    if ('size' in write) {
      if (random.chance(0.5)) bytes = resized(bytes, write.size);
      continue;
    }
    // A sector of a write lands whole or not at all.
    const share = random.next();
    let at = write.position;
    const end = write.position + write.bytes.length;
    while (at < end) {
      const next = Math.min(end, (Math.floor(at / sector) + 1) * sector);
      const part = write.bytes.subarray(at - write.position, next - write.position);
      if (random.chance(share)) bytes = written(bytes, at, part);
      at = next;
    }
  }
  return { certain: bytes, present: bytes.slice(), since: [] };
}

function written(old: Uint8Array, position: number, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const next = new Uint8Array(Math.max(old.length, position + bytes.length));
  next.set(old);
  next.set(bytes, position);
  return next;
}

function resized(old: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const next = new Uint8Array(size);
  next.set(old.subarray(0, size));
  return next;
}
