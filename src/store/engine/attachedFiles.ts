/**
 * Files of lines that a backup takes along, in a table of its SQLite file: compressed, in parts of whole lines. The table
 * is no part of the queue and goes when a backup is restored.
 */

import fs from 'node:fs';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { isErrno } from '../../system/errno';
import type { FilesToAttach } from './database';
import type { Sqlite } from './sqlite';

const table = 'attached_files';
/** Of a part before it is compressed, unless a line is longer. */
const partBytes = 4 * 1024 * 1024;

/** Whole lines of an attached file. */
export interface AttachedLines {
  name: string;
  lines: Buffer;
}

/** Half a line at the end of a file is left out, and so is a file that is gone. */
export function attachFiles(sqlite: Sqlite, { folder, names }: FilesToAttach): void {
  if (names.length === 0) return;
  sqlite.execute(
    `CREATE TABLE ${table} (name TEXT NOT NULL, part INTEGER NOT NULL, gzip BLOB NOT NULL, PRIMARY KEY (name, part))`,
  );
  for (const name of names) {
    let number = 0;
    for (const part of partsOf(path.join(folder, name))) {
      sqlite.runWithBytes(`INSERT INTO ${table} VALUES (?, ?, ?)`, [name, number, gzipSync(part)]);
      number += 1;
    }
  }
}

/** The files that a backup has, by name and each from its beginning. */
export function* attachedLines(sqlite: Sqlite): Generator<AttachedLines> {
  if (!hasFiles(sqlite)) return;
  const rows = sqlite.values(sqlite.prepare(`SELECT name, part FROM ${table} ORDER BY name, part`), []);
  for (const [name = '', part = 0] of rows) {
    const bytes = sqlite.bytes(`SELECT gzip FROM ${table} WHERE name = ? AND part = ?`, [name, part]);
    yield { name: String(name), lines: gunzipSync(bytes) };
  }
}

/** Removes the files; returns whether there were any. */
export function detachFiles(sqlite: Sqlite): boolean {
  if (!hasFiles(sqlite)) return false;
  sqlite.execute(`DROP TABLE ${table}`);
  sqlite.compact();
  return true;
}

function hasFiles(sqlite: Sqlite): boolean {
  const sql = `SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = '${table}'`;
  return sqlite.get(sqlite.prepare(sql), []) !== undefined;
}

function* partsOf(file: string): Generator<Buffer> {
  let descriptor: number;
  try {
    descriptor = fs.openSync(file, 'r');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return;
    throw error;
  }
  try {
    let offset = 0;
    for (let size = partBytes; ; ) {
      const buffer = Buffer.alloc(size);
      const read = fs.readSync(descriptor, buffer, 0, size, offset);
      const end = buffer.lastIndexOf(0x0a, Math.max(0, read - 1)) + 1;
      if (end === 0 && read === size) {
        size *= 2;
        continue;
      }
      if (end === 0 || read === 0) return;
      yield buffer.subarray(0, end);
      offset += end;
      size = partBytes;
    }
  } finally {
    fs.closeSync(descriptor);
  }
}
