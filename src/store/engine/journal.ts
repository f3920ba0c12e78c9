/**
 * A journal being written: one file, to which frames are appended and synced. A frame holds the transactions that were
 * pending when it was written, as statements with their bound parameters.
 */

import { randomInt } from 'node:crypto';
import path from 'node:path';
import type { Log } from '../../core/log';
import type { SqlValue } from './database';
import { journalName, type StorePosition } from './fileNames';
import type { Files } from './files';
import { type Frame, frameHeaderSize, longestPayload, sealFrame } from './frames';
import { Marker } from './marker';
import type { Sqlite, Statement } from './sqlite';

/** What one transaction ran: a statement, its parameters, the next statement, its parameters ... */
export type Recorded = (Statement | SqlValue[])[];

/**
 * The payload of a frame, as JSON: the texts that appear in this file for the first time (they are numbered as they
 * come, from 0), and the transactions, each the number of a text, its parameters, the next number ...
 */
type Payload = [texts: string[], transactions: (number | SqlValue[])[][]];

/** The file grows in steps of zeros: a sync that need not record a new length is faster. Bytes. */
const smallestStep = 64 * 1024;
const largestStep = 1024 * 1024;

/** Up to this size a write is synchronous, which costs less than going through the thread pool. Bytes. */
const writtenAtOnce = 256 * 1024;

let journals = 0;

export class Journal {
  /** Bytes of whole frames. */
  length = 0;
  private allocated = 0;
  private ordinal = 0;
  private texts = 0;
  private readonly id = journals++;
  private readonly salt = randomInt(2 ** 32);

  private constructor(
    readonly file: string,
    readonly position: StorePosition,
    private readonly schema: number,
    private readonly files: Files,
    private readonly descriptor: number,
    private readonly marker: Marker,
  ) {}

  /** Creates the file for `position`; its name is on disk after the first frame. */
  static async create(
    files: Files,
    folder: string,
    position: StorePosition,
    schema: number,
    log: Log,
  ): Promise<Journal> {
    const file = path.join(folder, journalName(position));
    const marking = Marker.create(files, folder, position, log);
    try {
      const descriptor = await files.open(file, 'create');
      return new Journal(file, position, schema, files, descriptor, await marking);
    } catch (error) {
      await (await marking).close();
      throw error;
    }
  }

  /**
   * Appends one frame and resolves when it is on disk. After a rejection the state of the file's end is unknown, and
   * the journal must not be used again.
   */
  async append(sequence: number, transactions: readonly Recorded[]): Promise<void> {
    const frame = this.frame(sequence, transactions);
    const end = this.length + frame.length;
    const bytes = end < this.allocated ? frame : this.withRoom(frame, end);
    await this.write(bytes);
    await this.files.datasync(this.descriptor);
    if (this.length === 0) await this.files.syncFolder(path.dirname(this.file));
    this.length = end;
  }

  /** Notes in the marker that everything up to the frame `sequence`, the last one appended, has been acknowledged. */
  acknowledged(sequence: number): void {
    this.marker.note(this.length, sequence);
  }

  /** Cuts off the preallocated zeros, which marks a clean end, and closes the file. */
  async close(): Promise<void> {
    try {
      await this.files.truncate(this.descriptor, this.length);
    } finally {
      await this.abandon();
    }
  }

  /** Closes the file as it is. */
  async abandon(): Promise<void> {
    try {
      await this.files.close(this.descriptor);
    } finally {
      await this.marker.close();
    }
  }

  private frame(sequence: number, transactions: readonly Recorded[]): Buffer {
    const text = JSON.stringify(this.payload(transactions));
    const length = Buffer.byteLength(text);
    if (length > longestPayload) throw new Error(`${length} bytes are too many for one write`);
    const frame = Buffer.allocUnsafe(frameHeaderSize + length);
    frame.write(text, frameHeaderSize);
    const { generation } = this.position;
    sealFrame(frame, { generation, salt: this.salt, ordinal: ++this.ordinal, sequence, schema: this.schema });
    return frame;
  }

  private payload(transactions: readonly Recorded[]): Payload {
    const texts: string[] = [];
    const numbered = transactions.map((recorded) =>
      recorded.map((part) => (Array.isArray(part) ? part : this.number(part, texts))),
    );
    return [texts, numbered];
  }

  private number(statement: Statement, texts: string[]): number {
    if (statement.journal !== this.id) {
      statement.journal = this.id;
      statement.number = this.texts++;
      texts.push(statement.sql);
    }
    return statement.number;
  }

  /** Always leaves at least one zero after the frame: a file without any was closed cleanly. */
  private withRoom(frame: Buffer, end: number): Buffer {
    const step = this.length === 0 ? 1 : Math.min(largestStep, Math.max(smallestStep, 4 * this.length));
    this.allocated = end + step;
    return Buffer.concat([frame], frame.length + step);
  }

  private async write(bytes: Buffer): Promise<void> {
    let done = 0;
    while (done < bytes.length) {
      const rest = bytes.subarray(done);
      const position = this.length + done;
      const written =
        rest.length <= writtenAtOnce
          ? this.files.writeNow(this.descriptor, rest, position)
          : await this.files.write(this.descriptor, rest, position);
      if (written === 0) throw new Error(`the disk took only ${done} of ${bytes.length} bytes`);
      done += written;
    }
  }
}

/** Replays a journal: one instance per file, for all of its frames in order. */
export class Replay {
  private readonly texts: string[] = [];

  constructor(private readonly sqlite: Sqlite) {}

  /** Runs the transactions of `frame`, unless they are `known`, inside the caller's transaction; returns them. */
  run(frame: Frame, known = false): Recorded[] {
    const [texts, transactions] = JSON.parse(frame.payload.toString()) as Payload;
    this.texts.push(...texts);
    return transactions.map((numbered) => this.transaction(numbered, known));
  }

  private transaction(numbered: (number | SqlValue[])[], known: boolean): Recorded {
    let statement: Statement | undefined;
    const recorded: Recorded = [];
    for (const part of numbered) {
      if (Array.isArray(part)) {
        if (statement === undefined) throw new Error('parameters without a statement');
        if (!known) this.sqlite.run(statement, part);
        recorded.push(statement, part);
      } else {
        const sql = this.texts[part];
        if (sql === undefined) throw new Error(`no statement has the number ${part}`);
        statement = this.sqlite.prepare(sql);
      }
    }
    return recorded;
  }
}
