/**
 * The journal's frames: their layout in the file, and what a damaged file means. One frame is written per sync, and the
 * next only after that sync, so a complete frame after a broken one proves that the broken one had been complete.
 */

import { crc32 } from 'node:zlib';

/** Bytes of a frame before its payload. All numbers are little-endian. */
export const frameHeaderSize = 40;

/** Spells `SQJ1` in the file. */
const magic = 0x314a5153;

/** Longer payloads are not written, so a length above it is damage. */
export const longestPayload = 1 << 28;

export interface FrameHeader {
  /** The generation of the owner that wrote the journal. */
  generation: number;
  /** Random, one per file: frames of another file are never mistaken for this one's. */
  salt: number;
  /** 1 for the first frame of the file. */
  ordinal: number;
  /** Counts the frames of all journals of the queue. */
  sequence: number;
  /** `user_version` of the database that the records belong to. */
  schema: number;
}

export interface Frame extends FrameHeader {
  offset: number;
  payload: Buffer;
}

/**
 * Writes the header of the frame in `buffer`: `frameHeaderSize` bytes to fill in, then the payload.
 *
 *      0  magic      8  generation   16  ordinal      24  sequence, high   32  schema
 *      4  length    12  salt         20  (zero)       28  sequence, low    36  checksum of all else
 */
export function sealFrame(buffer: Buffer, header: FrameHeader): void {
  buffer.writeUInt32LE(magic, 0);
  buffer.writeUInt32LE(buffer.length - frameHeaderSize, 4);
  buffer.writeUInt32LE(header.generation, 8);
  buffer.writeUInt32LE(header.salt, 12);
  buffer.writeUInt32LE(header.ordinal, 16);
  buffer.writeUInt32LE(0, 20);
  buffer.writeUInt32LE(Math.floor(header.sequence / 2 ** 32), 24);
  buffer.writeUInt32LE(header.sequence >>> 0, 28);
  buffer.writeUInt32LE(header.schema, 32);
  buffer.writeUInt32LE(checksum(buffer, 0, buffer.length), 36);
}

/** The content of a journal. */
export interface JournalContent {
  frames: Frame[];
  /** Where the frames end. */
  end: number;
  /** `closed`: nothing follows. `open`: preallocated zeros follow. `torn`: the last frame is incomplete. */
  tail: 'closed' | 'open' | 'torn';
  /** A complete frame follows bytes at `end` that are none: the file is damaged. */
  damaged: boolean;
}

/** Reads the frames of the journal of `generation`. Accounts for every byte, and never throws. */
export function readFrames(bytes: Buffer, generation: number): JournalContent {
  const frames: Frame[] = [];
  let end = 0;
  for (;;) {
    const previous = frames.at(-1);
    const frame = frameAt(bytes, end, generation);
    if (frame === undefined || !follows(frame, previous)) break;
    frames.push(frame);
    end += frameHeaderSize + frame.payload.length;
  }
  const damaged = laterFrame(bytes, end, generation, frames);
  if (damaged) return { frames, end, tail: 'torn', damaged };
  if (end === bytes.length) return { frames, end, tail: 'closed', damaged };
  return { frames, end, tail: isZero(bytes, end) ? 'open' : 'torn', damaged };
}

function follows(frame: Frame, previous: Frame | undefined): boolean {
  if (previous === undefined) return frame.ordinal === 1;
  return (
    frame.salt === previous.salt &&
    frame.ordinal === previous.ordinal + 1 &&
    frame.sequence === previous.sequence + 1
  );
}

function frameAt(bytes: Buffer, offset: number, generation: number): Frame | undefined {
  if (offset + frameHeaderSize > bytes.length || bytes.readUInt32LE(offset) !== magic) return undefined;
  const length = bytes.readUInt32LE(offset + 4);
  const next = offset + frameHeaderSize + length;
  if (length > longestPayload || next > bytes.length) return undefined;
  if (bytes.readUInt32LE(offset + 8) !== generation || bytes.readUInt32LE(offset + 20) !== 0)
    return undefined;
  if (bytes.readUInt32LE(offset + 36) !== checksum(bytes, offset, next)) return undefined;
  return {
    offset,
    generation,
    salt: bytes.readUInt32LE(offset + 12),
    ordinal: bytes.readUInt32LE(offset + 16),
    sequence: bytes.readUInt32LE(offset + 24) * 2 ** 32 + bytes.readUInt32LE(offset + 28),
    schema: bytes.readUInt32LE(offset + 32),
    payload: bytes.subarray(offset + frameHeaderSize, next),
  };
}

/**
 * Whether a complete frame that was written later than the one expected at `end` follows it. The expected frame itself
 * does not count: a payload may contain a copy of anything.
 */
function laterFrame(bytes: Buffer, end: number, generation: number, frames: readonly Frame[]): boolean {
  const salt = frames[0]?.salt;
  const mark = Buffer.alloc(4);
  mark.writeUInt32LE(magic);
  for (let at = bytes.indexOf(mark, end); at !== -1; at = bytes.indexOf(mark, at + 1)) {
    const frame = frameAt(bytes, at, generation);
    if (frame === undefined || frame.ordinal <= frames.length + 1) continue;
    if (salt === undefined || frame.salt === salt) return true;
  }
  return false;
}

function checksum(bytes: Buffer, from: number, to: number): number {
  const head = crc32(bytes.subarray(from, from + frameHeaderSize - 4));
  return crc32(bytes.subarray(from + frameHeaderSize, to), head);
}

function isZero(bytes: Buffer, from: number): boolean {
  for (let index = from; index < bytes.length; index++) if (bytes[index] !== 0) return false;
  return true;
}
