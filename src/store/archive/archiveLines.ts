/** Finds the lines of the archive. It blocks while it reads, so it is for a thread of its own. */

import fs from 'node:fs';
import path from 'node:path';
import { keyAtStart, keyBytes, type LineKey, parseLine } from './archivedTask';
import { type ArchiveFile, archiveName } from './archiveFiles';

/** Where a line is in its file, without its end. */
export interface Span {
  offset: number;
  length: number;
}

export interface Line extends LineKey, Span {
  file: ArchiveFile;
}

/** A line that is no task. */
export interface StrayLine extends Span {
  text: string;
  /** Half a line at the end of a file is not ended: the process that wrote it died. */
  ended: boolean;
}

const pieceBytes = 1024 * 1024;

/** Calls back for each line of a file, in order, except blank ones; `read` is for use within the call. */
export function scanFile(
  folder: string,
  file: ArchiveFile,
  visit: (line: Line, read: () => string) => void,
  visitStray: (line: StrayLine) => void,
): void {
  withFile(path.join(folder, archiveName(file)), (descriptor) => {
    scanBytes(descriptor, (offset, length, start, ended, read) => {
      if (length === 0) return;
      const key = ended ? (keyAtStart(start) ?? parseLine(read())) : undefined;
      if (key === undefined) visitStray({ offset, length, text: read(), ended });
      else visit({ id: key.id, finished_at: key.finished_at, file, offset, length }, read);
    });
  });
}

/** Reads lines in any order; the last file read stays open until `close`. */
export class LineReader {
  private open: { file: ArchiveFile; descriptor: number } | undefined;

  constructor(private readonly folder: string) {}

  read({ file, offset, length }: Line): string {
    if (this.open?.file !== file) {
      this.close();
      this.open = { file, descriptor: fs.openSync(path.join(this.folder, archiveName(file)), 'r') };
    }
    return readBytes(this.open.descriptor, offset, length).toString();
  }

  close(): void {
    if (this.open !== undefined) fs.closeSync(this.open.descriptor);
    this.open = undefined;
  }
}

/** Opens a file to read for as long as `use` takes. */
export function withFile(file: string, use: (descriptor: number) => void): void {
  const descriptor = fs.openSync(file, 'r');
  try {
    use(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** @param visit is called with the place of each line, its first bytes as Latin-1, and whether it has its end */
function scanBytes(
  descriptor: number,
  visit: (offset: number, length: number, start: string, ended: boolean, read: () => string) => void,
): void {
  const buffer = Buffer.alloc(pieceBytes);
  let position = 0;
  let line = 0;
  let start = '';
  for (;;) {
    const piece = buffer.subarray(0, fs.readSync(descriptor, buffer, 0, pieceBytes, position));
    if (piece.length === 0) break;
    for (let from = 0; from < piece.length; ) {
      const found = piece.indexOf(0x0a, from);
      const end = found < 0 ? piece.length : found;
      start += piece.toString('latin1', from, Math.min(end, from + keyBytes - start.length));
      if (found < 0) break;
      visit(line, position + found - line, start, true, () =>
        line < position
          ? readBytes(descriptor, line, position + found - line).toString()
          : piece.toString('utf8', line - position, found),
      );
      start = '';
      from = found + 1;
      line = position + from;
    }
    position += piece.length;
  }
  visit(line, position - line, start, false, () => readBytes(descriptor, line, position - line).toString());
}

/** So many bytes, or fewer at the end of the file. */
export function readBytes(descriptor: number, offset: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const read = fs.readSync(descriptor, bytes, done, length - done, offset + done);
    if (read === 0) break;
    done += read;
  }
  return bytes.subarray(0, done);
}
