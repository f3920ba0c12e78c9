/**
 * The output of tasks. Each attempt has up to three append-only files, `output/<task>-<attempt>.stdout`, `.stderr`, and
 * `.check` with all that its check wrote.
 * A file that reaches its limit keeps the head; the tail continues in a folder beside it, in segments named by the
 * original offset of their first byte, of which the oldest is removed when a new one begins. Names and lengths say
 * everything, so a reader needs nothing from the writing process.
 */

import fs from 'node:fs/promises';
import path from 'node:path';
import { type Gap, gapAt } from '../core/outputGap';
import {
  type OutputChunk,
  type OutputEncoding,
  type OutputName,
  type OutputRequest,
  outputNames,
} from '../core/queue';
import { isErrno } from '../system/errno';
import { remove, tidyLater, whenFree } from '../system/heldFiles';

export interface OutputRef {
  /** The queue's folder. */
  storage: string;
  task: string;
  attempt: number;
  stream: OutputName;
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
/** Bytes to read by default. */
export const defaultRead = 1024 * 1024;
/** Half of the limit is for the head; the tail keeps up to two segments of a quarter each. */
const segmentsKept = 2;
/** A segment can be removed between listing and reading it: how often to try again. */
const readTries = 20;

/** The path of the file, which holds the head if the output exceeded its limit. */
export function outputFile({ storage, task, attempt, stream }: OutputRef): string {
  return path.join(storage, 'output', `${task}-${attempt}.${stream}`);
}

function tailFolder(head: string): string {
  return `${head}.tail`;
}

function segmentFile(head: string, offset: number): string {
  return path.join(tailFolder(head), String(offset).padStart(16, '0'));
}

/** Writes one output from the beginning; earlier output under this name is replaced. */
export class OutputWriter {
  private readonly head: string;
  private readonly headLimit: number;
  private readonly segmentLimit: number;
  private written = 0;
  private handle: fs.FileHandle | undefined;
  /** Bytes that still fit in the open file. */
  private room = 0;
  /** Offsets of the kept segments. */
  private readonly segments: number[] = [];

  /** @param place `limit`: bytes kept at most */
  constructor(place: OutputRef & { limit: number }) {
    this.head = outputFile(place);
    this.headLimit = Math.max(1, Math.ceil(place.limit / 2));
    this.segmentLimit = Math.max(1, Math.floor(place.limit / 2 / segmentsKept));
  }

  /** Bytes appended so far, including those dropped since. */
  get size(): number {
    return this.written;
  }

  /** Resolves when others can read the bytes. Must not be called again before that. */
  async append(chunk: Uint8Array): Promise<void> {
    let rest = chunk;
    while (rest.byteLength > 0) {
      const handle = await this.withRoom();
      const fitting = rest.subarray(0, this.room);
      const full = fitting.byteLength === this.room;
      // What follows may be dropped: a character goes into the next file rather than in half into this one.
      const held = full ? incompleteBytes(fitting) : 0;
      const piece = held < fitting.byteLength ? fitting.subarray(0, fitting.byteLength - held) : fitting;
      await handle.appendFile(piece);
      this.room = full ? 0 : this.room - piece.byteLength;
      this.written += piece.byteLength;
      rest = rest.subarray(piece.byteLength);
    }
  }

  /** Truncates the open file by `bytes`, to free space on a full disk for something more important. */
  async giveBack(bytes: number): Promise<void> {
    if (this.handle === undefined) return;
    const { size } = await this.handle.stat();
    await this.handle.truncate(Math.max(0, size - bytes));
  }

  /** Resolves when everything is on disk, and closes the file. */
  async finish(): Promise<void> {
    const handle = this.handle ?? (await this.openHead());
    this.handle = undefined;
    await syncAndClose(handle);
    await syncFolder(path.dirname(this.head));
    if (this.segments.length > 0) await syncFolder(tailFolder(this.head));
  }

  /** The open file, with room for at least one byte. */
  private async withRoom(): Promise<fs.FileHandle> {
    this.handle ??= await this.openHead();
    if (this.room > 0) return this.handle;
    const full = this.handle;
    this.handle = await this.openSegment();
    await syncAndClose(full);
    return this.handle;
  }

  private async openHead(): Promise<fs.FileHandle> {
    await fs.mkdir(path.dirname(this.head), { recursive: true, mode: 0o700 });
    await remove(tailFolder(this.head), { recursive: true });
    this.room = this.headLimit;
    return whenFree(this.head, () => fs.open(this.head, 'w', 0o600));
  }

  private async openSegment(): Promise<fs.FileHandle> {
    await fs.mkdir(tailFolder(this.head), { recursive: true, mode: 0o700 });
    const handle = await fs.open(segmentFile(this.head, this.written), 'wx', 0o600);
    this.segments.push(this.written);
    this.room = this.segmentLimit;
    const oldest = this.segments.length > segmentsKept ? this.segments.shift() : undefined;
    if (oldest === undefined) return handle;
    const file = segmentFile(this.head, oldest);
    await tidyLater(file, () => remove(file));
    return handle;
  }
}

/**
 * Writes a whole output, and resolves with its size in bytes when it is on disk.
 * @param place `limit`: bytes kept at most
 */
export async function writeOutput(place: OutputRef & { limit: number }, text: string): Promise<number> {
  const writer = new OutputWriter(place);
  await writer.append(new TextEncoder().encode(text));
  await writer.finish();
  return writer.size;
}

/** Writes an output as another host has kept it, unless there is one. It is there when `finish` resolves. */
export class OutputCopy {
  private readonly head: string;
  /** The file that is written to, and the offset of its end; undefined before the first. */
  private open: { file: string; end: number } | undefined;

  private constructor(
    private readonly ref: OutputRef,
    private readonly wanted: boolean,
  ) {
    this.head = outputFile(ref);
  }

  static async begin(ref: OutputRef): Promise<OutputCopy> {
    const present = await fs.stat(outputFile(ref)).catch(() => null);
    if (present === null) await fs.rm(partOf(outputFile(ref)), { force: true });
    return new OutputCopy(ref, present === null);
  }

  isOf({ task, attempt, stream }: OutputRef): boolean {
    return this.ref.task === task && this.ref.attempt === attempt && this.ref.stream === stream;
  }

  /** @param start offset of the first byte: more than where the last ones have ended if some were dropped */
  async add(start: number, bytes: Uint8Array): Promise<void> {
    if (!this.wanted) return;
    if (this.open === undefined) {
      this.open = { file: partOf(this.head), end: 0 };
      await fs.mkdir(path.dirname(this.head), { recursive: true, mode: 0o700 });
    }
    if (start > this.open.end) {
      await fs.mkdir(tailFolder(this.head), { recursive: true, mode: 0o700 });
      this.open = { file: segmentFile(this.head, start), end: start };
      await fs.rm(this.open.file, { force: true });
    }
    await fs.appendFile(this.open.file, bytes, { mode: 0o600 });
    this.open.end = start + bytes.byteLength;
  }

  async finish(): Promise<void> {
    if (this.open === undefined) return;
    const part = await fs.open(partOf(this.head), 'a', 0o600);
    await syncAndClose(part);
    await fs.rename(partOf(this.head), this.head);
    await syncFolder(path.dirname(this.head));
  }
}

function partOf(head: string): string {
  return `${head}.part`;
}

/** Removes all output of an attempt, if they exist. */
export async function removeOutput(storage: string, task: string, attempt: number): Promise<void> {
  for (const stream of outputNames) {
    const head = outputFile({ storage, task, attempt, stream });
    await remove(head);
    await remove(tailFolder(head), { recursive: true });
  }
}

/** The tasks that have output. */
export async function tasksWithOutput(storage: string): Promise<Set<string>> {
  const tasks = new Set<string>();
  for await (const { task } of entriesOf(storage)) tasks.add(task);
  return tasks;
}

/** The attempts with output to which something was added since, wall-clock milliseconds. */
export async function attemptsWritten(
  storage: string,
  since: number,
): Promise<{ task: string; attempt: number }[]> {
  const found = new Map<string, { task: string; attempt: number }>();
  for await (const { name, task, attempt } of entriesOf(storage)) {
    const stat = await unlessMissing(fs.stat(path.join(storage, 'output', name)));
    if (stat !== undefined && stat.mtimeMs >= since) found.set(`${task}-${attempt}`, { task, attempt });
  }
  return [...found.values()];
}

/** Removes all output of these tasks, in one pass over the folder: asking for each file takes longer than the rest. */
export async function removeOutputsOf(storage: string, tasks: ReadonlySet<string>): Promise<void> {
  const found: string[] = [];
  for await (const { name, task } of entriesOf(storage)) if (tasks.has(task)) found.push(name);
  for (const name of found) {
    const file = path.join(storage, 'output', name);
    await tidyLater(file, () => remove(file, { recursive: true }));
  }
}

/** What is in the folder, read some at a time. */
async function* entriesOf(storage: string): AsyncGenerator<{ name: string; task: string; attempt: number }> {
  const folder = await unlessMissing(fs.opendir(path.join(storage, 'output'), { bufferSize: 256 }));
  for await (const { name } of folder ?? []) {
    const [, task, attempt] = /^(\w+)-(\d+)\.(?:stdout|stderr|check)(?:\.tail)?$/.exec(name) ?? [];
    if (task !== undefined) yield { name, task, attempt: Number(attempt) };
  }
}

/**
 * Reads from an output, which may be growing. A chunk holds whole characters (in latin1: every byte) and never spans dropped bytes: it ends
 * before them, and the next one begins after them. A missing output is empty.
 * @param request `offset` and `limit` count bytes of the original
 * @param ended nothing more will be written: a partial character at the end is returned, not held back
 */
export async function readOutput(
  storage: string,
  task: string,
  attempt: number,
  request: OutputRequest,
  ended = false,
): Promise<OutputChunk> {
  const head = outputFile({ storage, task, attempt, stream: request.stream });
  for (let tries = readTries; ; tries--) {
    const layout = await layoutOf(head);
    const bytes = await readRange(layout, request.offset ?? 0, request.limit ?? defaultRead);
    if (bytes !== undefined) return chunkOf(layout, bytes, ended, request.encoding);
    if (tries === 0) throw changingTooFast(head);
  }
}

function changingTooFast(head: string): Error {
  return new Error(`The output ${head} is changing too fast to be read.`);
}

/**
 * The last `limit` bytes of an output as text; null if there is no such output.
 * @param noteOf what stands in a line of its own where bytes were dropped
 */
export async function readOutputEnd(
  place: OutputRef,
  limit: number,
  noteOf: (gap: Gap) => string,
): Promise<string | null> {
  const { size, parts } = await layoutOf(outputFile(place));
  if (parts.length === 0) return null;
  const read = (request: OutputRequest) =>
    readOutput(place.storage, place.task, place.attempt, request, true);
  return endOf(read, { stream: place.stream, limit }, size, noteOf);
}

/**
 * The same of any output that is read in chunks.
 * @param size of all that was written
 */
export async function endOf(
  read: (request: OutputRequest) => Promise<OutputChunk>,
  { stream, limit }: { stream: OutputName; limit: number },
  size: number,
  noteOf: (gap: Gap) => string,
): Promise<string> {
  let chunk = await read({ stream, offset: Math.max(0, size - limit), limit });
  let text = chunk.text;
  // The dropped bytes can begin within the last bytes of a small output.
  while (chunk.next_offset < size) {
    const next = { stream, offset: chunk.next_offset, limit };
    chunk = await read(next);
    const gap = gapAt(next.offset, chunk);
    text += `${gap ? `\n${noteOf(gap)}\n` : ''}${chunk.text}`;
  }
  return text;
}

/** A file that holds the bytes of the original from `start` on. */
interface Part {
  file: string;
  start: number;
  length: number;
}

/** How much there is of an output. */
export type OutputExtent = Pick<OutputChunk, 'size' | 'dropped'>;

interface Layout extends OutputExtent {
  parts: Part[];
}

/** Bytes that follow each other, and where the first is in the original. */
export interface OutputRange {
  bytes: Buffer;
  start: number;
}

async function layoutOf(head: string): Promise<Layout> {
  for (let tries = readTries; ; tries--) {
    const layout = await presentLayout(head);
    if (layout !== undefined) return layout;
    if (tries === 0) throw changingTooFast(head);
  }
}

/** Undefined if a segment was removed meanwhile: newer ones, with the end of the output, may then be missing here. */
async function presentLayout(head: string): Promise<Layout | undefined> {
  const parts: Part[] = [];
  // Segments first: one that begins meanwhile leaves no gap.
  const names = await namesIn(tailFolder(head));
  const headLength = await lengthOf(head);
  if (headLength === undefined) return { parts, size: 0, dropped: null };
  parts.push({ file: head, start: 0, length: headLength });
  for (const name of names.sort()) {
    const file = path.join(tailFolder(head), name);
    const length = await lengthOf(file);
    if (length === undefined) return undefined;
    parts.push({ file, start: Number(name), length });
  }
  const last = parts.at(-1);
  const size = last === undefined ? 0 : last.start + last.length;
  const to = parts[1]?.start ?? headLength;
  return { parts, size, dropped: to > headLength ? { from: headLength, to } : null };
}

/** The contiguous bytes from `offset` on; undefined if a file was removed meanwhile. */
async function readRange(
  { parts, size }: Layout,
  offset: number,
  limit: number,
): Promise<OutputRange | undefined> {
  const first = parts.findIndex((part) => part.start + part.length > offset);
  const begin = parts[first];
  if (begin === undefined) return { bytes: Buffer.alloc(0), start: Math.min(offset, size) };
  const start = Math.max(offset, begin.start);
  const pieces: Buffer[] = [];
  let position = start;
  for (const part of parts.slice(first)) {
    const wanted = Math.min(part.start + part.length, start + limit) - position;
    if (wanted <= 0 || part.start > position) break;
    const piece = await readPart(part.file, position - part.start, wanted);
    if (piece === undefined) return undefined;
    pieces.push(piece);
    position += piece.byteLength;
    if (piece.byteLength < wanted) break;
  }
  return { bytes: Buffer.concat(pieces), start };
}

/** What a reader gets of these bytes. */
export function chunkOf(
  { size, dropped }: OutputExtent,
  { bytes, start }: OutputRange,
  ended: boolean,
  encoding: OutputEncoding = 'utf-8',
): OutputChunk {
  const range = encoding === 'latin1' ? { skipped: 0, kept: bytes.byteLength } : wholeCharacters();
  const content = bytes.subarray(Math.min(range.skipped, range.kept), range.kept);
  return {
    text: encoding === 'latin1' ? content.toString('latin1') : utf8.decode(content),
    size,
    next_offset: range.kept === 0 && dropped?.from === start ? dropped.to : start + range.kept,
    dropped,
  };

  function wholeCharacters(): { skipped: number; kept: number } {
    const end = start + bytes.byteLength;
    const held = (ended && end === size) || end === dropped?.from ? 0 : incompleteBytes(bytes);
    // A range too small for one character must not stall a reader in a loop.
    const kept =
      held < bytes.byteLength || (end === size && !ended) ? bytes.byteLength - held : bytes.byteLength;
    return { skipped: start > 0 ? continuationBytes(bytes) : 0, kept };
  }
}

/** How many bytes at the start belong to a character that began earlier. */
function continuationBytes(bytes: Uint8Array): number {
  let count = 0;
  while (count < 3 && ((bytes[count] ?? 0) & 0xc0) === 0x80) count++;
  return count;
}

/** How many bytes at the end belong to an incomplete character. */
function incompleteBytes(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.byteLength); back++) {
    const byte = bytes[bytes.byteLength - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
}

async function readPart(file: string, position: number, length: number): Promise<Buffer | undefined> {
  const handle = await unlessMissing(whenFree(file, () => fs.open(file, 'r')));
  if (handle === undefined) return undefined;
  try {
    const buffer = Buffer.alloc(length);
    const { bytesRead } = await handle.read(buffer, 0, length, position);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

async function lengthOf(file: string): Promise<number | undefined> {
  return (await unlessMissing(whenFree(file, () => fs.stat(file))))?.size;
}

async function namesIn(folder: string): Promise<string[]> {
  const names = await unlessMissing(fs.readdir(folder));
  return (names ?? []).filter((name) => /^\d+$/.test(name));
}

async function unlessMissing<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function syncAndClose(handle: fs.FileHandle): Promise<void> {
  try {
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

async function syncFolder(folder: string): Promise<void> {
  // Windows cannot sync a folder; its file system journals names itself.
  if (process.platform === 'win32') return;
  const handle = await fs.open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
