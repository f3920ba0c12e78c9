/**
 * The marker of a journal: how much of it has been acknowledged, in a file beside it. Without one, a journal that was
 * deleted, or cut off after a whole frame, looks like one that never held more.
 *
 * A marker is overwritten in place and never synced. It is written only after the frames that it counts were synced
 * and their callers answered, so whatever version of it is found tells the truth about the journal, or too little.
 */

import path from 'node:path';
import { crc32 } from 'node:zlib';
import { messageOf } from '../../core/errors';
import type { Log } from '../../core/log';
import { isErrno } from '../../system/errno';
import { comparePositions, markerName, type StorePosition } from './fileNames';
import type { Files } from './files';

/** Spells `SQM1` in the file. */
const magic = 0x314d5153;

/** Bytes of a marker: less than a sector, so that a disk writes it whole or not at all. */
const markerSize = 32;

/** What a marker says of the journal at `position`. */
export interface Mark {
  position: StorePosition;
  /** Of its acknowledged frames. */
  bytes: number;
  /** Of the last of them. */
  sequence: number;
}

/**
 *      0  magic           8  number         20, 24  sequence, high and low
 *      4  generation     12, 16  bytes          28  checksum of all else
 */
function encodeMark({ position, bytes, sequence }: Mark): Buffer {
  const buffer = Buffer.alloc(markerSize);
  buffer.writeUInt32LE(magic, 0);
  buffer.writeUInt32LE(position.generation, 4);
  buffer.writeUInt32LE(position.number, 8);
  buffer.writeUInt32LE(Math.floor(bytes / 2 ** 32), 12);
  buffer.writeUInt32LE(bytes >>> 0, 16);
  buffer.writeUInt32LE(Math.floor(sequence / 2 ** 32), 20);
  buffer.writeUInt32LE(sequence >>> 0, 24);
  buffer.writeUInt32LE(crc32(buffer.subarray(0, 28)), 28);
  return buffer;
}

/** Undefined if these are not the bytes of a marker. */
function decodeMark(file: Uint8Array): Mark | undefined {
  if (file.length !== markerSize) return undefined;
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (bytes.readUInt32LE(0) !== magic || bytes.readUInt32LE(28) !== crc32(bytes.subarray(0, 28)))
    return undefined;
  return {
    position: { generation: bytes.readUInt32LE(4), number: bytes.readUInt32LE(8) },
    bytes: bytes.readUInt32LE(12) * 2 ** 32 + bytes.readUInt32LE(16),
    sequence: bytes.readUInt32LE(20) * 2 ** 32 + bytes.readUInt32LE(24),
  };
}

/**
 * What the newest marker of the folder says. One that a power cut has torn, or that was never written, says nothing:
 * then an older one counts, which can only say less.
 * @param markers their positions, in ascending order
 */
export async function newestMark(
  files: Files,
  folder: string,
  markers: readonly StorePosition[],
): Promise<Mark | undefined> {
  for (const position of [...markers].reverse()) {
    const mark = decodeMark(await contentOf(files, path.join(folder, markerName(position))));
    if (mark !== undefined && comparePositions(mark.position, position) === 0) return mark;
  }
  return undefined;
}

/** Empty if another process has removed the file meanwhile. */
async function contentOf(files: Files, file: string): Promise<Uint8Array> {
  try {
    return await files.readFile(file);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return new Uint8Array();
    throw error;
  }
}

/** The marker of a journal that is being written. Its failures are logged, and only end it: the journal is what counts. */
export class Marker {
  private mark: Mark;
  private due: NodeJS.Immediate | undefined;
  private descriptor: number | undefined;
  private ended = false;

  private constructor(
    private readonly file: string,
    position: StorePosition,
    private readonly files: Files,
    private readonly log: Log,
  ) {
    this.mark = { position, bytes: 0, sequence: 0 };
  }

  /** Creates the file of the marker for the journal at `position`. Never rejects. */
  static async create(files: Files, folder: string, position: StorePosition, log: Log): Promise<Marker> {
    const file = path.join(folder, markerName(position));
    const marker = new Marker(file, position, files, log);
    try {
      marker.descriptor = await files.open(file, 'create');
    } catch (error) {
      marker.failed(error);
    }
    return marker;
  }

  /**
   * Notes what has been acknowledged. It is written at the end of this turn of the event loop: after the callers have
   * gone on, and usually while the next frame is being synced, so that nobody waits for it.
   */
  note(bytes: number, sequence: number): void {
    if (this.ended) return;
    this.mark = { ...this.mark, bytes, sequence };
    this.due ??= setImmediate(() => this.write());
  }

  /** Writes what was noted, and closes the file. Never rejects. */
  async close(): Promise<void> {
    this.write();
    this.ended = true;
    const { descriptor } = this;
    if (descriptor === undefined) return;
    await this.files.close(descriptor).catch((error) => this.failed(error));
  }

  private write(): void {
    if (this.due === undefined || this.ended || this.descriptor === undefined) return;
    clearImmediate(this.due);
    this.due = undefined;
    try {
      // Half of it is no marker, which the checksum shows.
      this.files.writeNow(this.descriptor, encodeMark(this.mark), 0);
    } catch (error) {
      this.failed(error);
    }
  }

  private failed(error: unknown): void {
    this.ended = true;
    this.log.warn(
      `The marker ${this.file} could not be written: ${messageOf(error)}. The queue goes on without it.`,
    );
  }
}
