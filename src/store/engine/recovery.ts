/**
 * Recovers the database in memory from the files of a storage folder: the newest snapshot, and the journals from its
 * position on. Changes no file.
 */

import path from 'node:path';
import type initSqlJs from 'sql.js';
import { messageOf, QueueError } from '../../core/errors';
import { comparePositions, journalName, type StorePosition, snapshotName, sortNames } from './fileNames';
import type { Files } from './files';
import { type Frame, type JournalContent, readFrames } from './frames';
import { type Recorded, Replay } from './journal';
import { decodeSnapshot } from './snapshotFile';
import { Sqlite } from './sqlite';

export interface RecoveryOptions {
  sqlJs: initSqlJs.SqlJsStatic;
  files: Files;
  folder: string;
  /** Stop after the frame with this number, which must exist. Without it, everything is replayed. */
  upTo?: number;
  /** The database is to last, and gives back its free pages. */
  lasting?: boolean;
  /** The newest `user_version` that this program supports; a newer one is refused. */
  newestSchema?: number;
}

/** The bytes of an incomplete last frame. */
export interface TornTail {
  file: string;
  offset: number;
  bytes: Uint8Array;
}

export interface Recovered {
  sqlite: Sqlite;
  /** Of the last frame that the database holds. */
  sequence: number;
  /** The snapshot used; null if the folder holds no database yet. */
  snapshot: { position: StorePosition; bytes: number; writtenAt: number } | null;
  /** Bytes of the journals used. */
  journalBytes: number;
  journals: number;
  /** Whether the last owner closed its journal; otherwise its last frame may be in the page cache only. */
  closed: boolean;
  /** The last frame of a journal that was not closed. */
  last: { sequence: number; transactions: Recorded[] } | null;
  torn: TornTail[];
}

/** A file that is certainly damaged: the store does not open, and puts a copy aside. */
export class DamagedFileError extends QueueError {
  constructor(
    readonly file: string,
    readonly offset: number,
    what: string,
  ) {
    super(
      'storage_failed',
      `The queue's file ${file} is damaged at byte ${offset}: ${what}.`,
      'Nothing was changed. Restore a backup with `sparkq restore FILE`, or put the file back as it was.',
      { file, offset },
    );
  }
}

interface ReadJournal {
  position: StorePosition;
  file: string;
  bytes: Buffer;
  content: JournalContent;
}

/**
 * @throws DamagedFileError if a file is damaged, or part of the history is missing
 * @throws QueueError `upgrade_required` if a newer program wrote the files
 */
export async function recover(options: RecoveryOptions): Promise<Recovered> {
  const { files, folder, upTo = Number.POSITIVE_INFINITY } = options;
  const names = sortNames(await files.readFolder(folder));
  const base = names.snapshots.at(-1);
  if (base === undefined) {
    refuseJournalsAlone(folder, names.journals);
    return empty(options);
  }
  const file = path.join(folder, snapshotName(base));
  const [bytes, facts] = await Promise.all([files.readFile(file), files.stat(file)]);
  const snapshot = decodeSnapshot(bytes);
  if (snapshot === undefined) throw new DamagedFileError(file, 0, 'its checksum is wrong');
  const journals: ReadJournal[] = [];
  for (const position of names.journals) {
    if (comparePositions(position, base) >= 0) journals.push(await readJournal(files, folder, position));
  }
  const size = snapshot.image.length;
  const sqlite = openDatabase(options, snapshot.image);
  if (options.lasting === true) release(bytes);
  try {
    refuseNewer(sqlite.pragma('user_version'), options.newestSchema, file);
    const replayed = replay(sqlite, journals, snapshot.sequence, upTo);
    return {
      sqlite,
      snapshot: { position: base, bytes: size, writtenAt: facts?.modifiedAt ?? 0 },
      ...replayed,
    };
  } catch (error) {
    sqlite.close();
    throw error;
  }
}

/** A lasting database only reads the image; to another one it belongs from now on. */
function openDatabase({ sqlJs, lasting }: RecoveryOptions, image?: Uint8Array): Sqlite {
  if (lasting === true) return Sqlite.openLasting(sqlJs, image);
  return image === undefined ? Sqlite.open(sqlJs) : Sqlite.openInPlace(sqlJs, image);
}

/** Gives the memory of a file back now, where Node can (from 22 on): it would stay until garbage is next collected. */
function release({ buffer, byteLength }: Uint8Array): void {
  // Small files share their memory with others.
  if (buffer.byteLength === byteLength) (buffer as { transfer?(size: number): void }).transfer?.(0);
}

function empty(options: RecoveryOptions): Recovered {
  return {
    sqlite: openDatabase(options),
    sequence: 0,
    snapshot: null,
    journalBytes: 0,
    journals: 0,
    closed: true,
    last: null,
    torn: [],
  };
}

/** A journal is created only after the snapshot that it continues is on disk. */
function refuseJournalsAlone(folder: string, journals: readonly StorePosition[]): void {
  const first = journals[0];
  if (first === undefined) return;
  throw new DamagedFileError(
    path.join(folder, journalName(first)),
    0,
    'the snapshot that it continues is missing',
  );
}

function refuseNewer(schema: number, newest = Number.POSITIVE_INFINITY, file: string): void {
  if (schema <= newest) return;
  throw new QueueError(
    'upgrade_required',
    `The queue's file ${file} was written by a newer SparkQ (schema ${schema}; this one supports ${newest}).`,
    'Update SparkQ. Nothing was changed.',
  );
}

async function readJournal(files: Files, folder: string, position: StorePosition): Promise<ReadJournal> {
  const file = path.join(folder, journalName(position));
  const raw = await files.readFile(file);
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  return { position, file, bytes, content: readFrames(bytes, position.generation) };
}

type Replayed = Omit<Recovered, 'sqlite' | 'snapshot'>;

function replay(sqlite: Sqlite, journals: readonly ReadJournal[], from: number, upTo: number): Replayed {
  const result: Replayed = {
    sequence: from,
    journalBytes: 0,
    journals: 0,
    closed: true,
    last: null,
    torn: [],
  };
  const schema = sqlite.pragma('user_version');
  let before: ReadJournal | undefined;
  journals.forEach((journal, index) => {
    const limit = firstSequence(journals.slice(index + 1)) - 1;
    const frames = journal.content.frames.filter(({ sequence }) => sequence <= Math.min(limit, upTo));
    if (frames[0] !== undefined && frames[0].sequence > result.sequence + 1)
      refuseGap(before ?? journal, frames[0]);
    noteEnd(journal, frames, Math.min(limit, upTo), result);
    replayFrames(sqlite, journal.file, frames, schema, result);
    // Missing frames were in a torn journal without whole frames.
    if (frames.length > 0 || journal.content.tail === 'torn') before = journal;
  });
  if (Number.isFinite(upTo) && result.sequence !== upTo) {
    throw new Error(`the files reach frame ${result.sequence}, not ${upTo}`);
  }
  return result;
}

/** The owner of a later journal decided where it begins: an earlier journal counts only up to there. */
function firstSequence(later: readonly ReadJournal[]): number {
  return Math.min(...later.map(({ content }) => content.frames[0]?.sequence ?? Number.POSITIVE_INFINITY));
}

function refuseGap({ file, content }: ReadJournal, next: Frame): never {
  throw new DamagedFileError(file, content.end, `the frames before number ${next.sequence} are missing`);
}

/** Judges the bytes after the frames that count: frames up to number `limit` are wanted. */
function noteEnd(journal: ReadJournal, frames: readonly Frame[], limit: number, result: Replayed): void {
  const { content, file, bytes } = journal;
  result.journalBytes += content.end;
  result.journals += 1;
  result.closed = content.tail === 'closed' && frames.length > 0 && frames.length === content.frames.length;
  if ((frames.at(-1)?.sequence ?? result.sequence) >= limit) return;
  if (content.damaged) {
    throw new DamagedFileError(file, content.end, 'a frame is broken, and a whole one follows it');
  }
  const offset = content.end;
  if (content.tail === 'torn')
    result.torn.push({ file, offset, bytes: withoutZeros(bytes.subarray(offset)) });
}

/** The preallocated zeros after a torn frame are not worth keeping. */
function withoutZeros(bytes: Buffer): Buffer {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return bytes.subarray(0, end);
}

/** Replays those of `frames` that the database does not hold yet, in one transaction. */
function replayFrames(
  sqlite: Sqlite,
  file: string,
  frames: readonly Frame[],
  schema: number,
  result: Replayed,
): void {
  const replay = new Replay(sqlite);
  let offset = 0;
  try {
    sqlite.execute('BEGIN');
    for (const frame of frames) {
      offset = frame.offset;
      if (frame.schema !== schema) throw new Error(`it belongs to schema ${frame.schema}`);
      const known = frame.sequence <= result.sequence;
      const transactions = replay.run(frame, known);
      result.sequence = Math.max(result.sequence, frame.sequence);
      result.last = { sequence: frame.sequence, transactions };
    }
    sqlite.execute('COMMIT');
  } catch (error) {
    throw new DamagedFileError(file, offset, `its frame cannot be replayed (${messageOf(error)})`);
  }
  if (result.closed) result.last = null;
}
