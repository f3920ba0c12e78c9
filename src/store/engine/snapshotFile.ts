/** The file of a snapshot: the whole database as an ordinary SQLite file, with a trailer that SQLite does not see. */

import { crc32 } from 'node:zlib';

/** `PRAGMA application_id` of the queue's databases: spells `SPKQ` in the file. */
export const applicationId = 0x53504b51;

/** Bytes of the trailer; less than a page, so SQLite ignores it. */
const trailerSize = 32;
const trailerMark = 'SparkQ snapshot\n';

/** The parts of a snapshot file: the image, and what says its checksum and the sequence of its last frame. */
export function encodeSnapshot(image: Uint8Array, sequence: number): [Uint8Array, Uint8Array] {
  const trailer = Buffer.alloc(trailerSize);
  trailer.write(trailerMark, 0, 'latin1');
  trailer.writeUInt32LE(Math.floor(sequence / 2 ** 32), 16);
  trailer.writeUInt32LE(sequence >>> 0, 20);
  trailer.writeUInt32LE(image.length, 24);
  trailer.writeUInt32LE(crc32(trailer.subarray(0, 28), crc32(image)), 28);
  return [image, trailer];
}

/** The image in a snapshot file and the sequence of the last frame that it holds; undefined if it is damaged. */
export function decodeSnapshot(file: Uint8Array): { image: Uint8Array; sequence: number } | undefined {
  const at = file.length - trailerSize;
  if (at < 0) return undefined;
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (bytes.toString('latin1', at, at + 16) !== trailerMark) return undefined;
  if (bytes.readUInt32LE(at + 24) !== at) return undefined;
  if (bytes.readUInt32LE(at + 28) !== crc32(bytes.subarray(0, at + 28))) return undefined;
  const sequence = bytes.readUInt32LE(at + 16) * 2 ** 32 + bytes.readUInt32LE(at + 20);
  return { image: bytes.subarray(0, at), sequence };
}
