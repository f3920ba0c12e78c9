/** Takes lines out of the archive. It blocks while it reads and writes, so it is for a thread of its own. */

import fs from 'node:fs';
import path from 'node:path';
import { removeFile, renameFile } from '../../system/heldFiles';
import { syncFolder } from '../../system/wholeFiles';
import { type ArchiveFile, archiveName, sortArchive } from './archiveFiles';
import { readBytes, type Span, scanFile, withFile } from './archiveLines';

const draftEnd = '.tmp';
const pieceBytes = 1024 * 1024;

/** Erases the lines of tasks from all files, whichever owner wrote them; returns how many lines that were. */
export function eraseFromArchive(folder: string, ids: readonly string[]): number {
  const wanted = new Set(ids);
  let erased = 0;
  for (const file of filesOf(folder)) {
    const kept: Span[] = [];
    let gone = 0;
    const decide = (line: Span, goes: boolean) => {
      if (goes) gone += 1;
      else kept.push(line);
    };
    scanFile(
      folder,
      file,
      (line) => decide(line, wanted.has(line.id)),
      // Half a line can still be read.
      (line) =>
        decide(
          line,
          ids.some((id) => line.text.includes(id)),
        ),
    );
    if (gone > 0) rewrite(folder, file, kept);
    erased += gone;
  }
  return erased;
}

/** Takes the earliest lines out of a month's files until they have at most so many bytes. */
export function shortenMonth(folder: string, month: string, bytes: number): void {
  const files = filesOf(folder).filter((file) => file.month === month);
  const sizes = files.map((file) => fs.statSync(path.join(folder, archiveName(file))).size);
  let excess = sizes.reduce((sum, size) => sum + size, 0) - bytes;
  for (const file of files) {
    if (excess <= 0) return;
    const kept: Span[] = [];
    const decide = (line: Span) => {
      if (excess <= 0) kept.push(line);
      else excess -= line.length + 1;
    };
    scanFile(folder, file, decide, decide);
    rewrite(folder, file, kept);
  }
}

/** The files of the archive, once drafts of a process that ended are gone: they hold tasks, too. */
function filesOf(folder: string): ArchiveFile[] {
  if (!fs.existsSync(folder)) return [];
  const names = fs.readdirSync(folder);
  for (const name of names) {
    const drafted = name.endsWith(draftEnd) ? sortArchive([name.slice(0, -draftEnd.length)]) : [];
    if (drafted.length > 0) removeFile(path.join(folder, name));
  }
  return sortArchive(names);
}

/** Replaces a file by one of these lines of it, in order; without any, the file is removed. */
function rewrite(folder: string, file: ArchiveFile, lines: readonly Span[]): void {
  const target = path.join(folder, archiveName(file));
  if (lines.length === 0) {
    removeFile(target);
  } else {
    const draft = `${target}${draftEnd}`;
    writeDraft(draft, target, lines);
    renameFile(draft, target);
  }
  syncFolder(folder);
}

function writeDraft(draft: string, target: string, lines: readonly Span[]): void {
  const descriptor = fs.openSync(draft, 'wx', 0o600);
  try {
    withFile(target, (source) => {
      for (const { from, to } of rangesOf(lines)) {
        for (let at = from; at < to; at += pieceBytes) {
          fs.writeFileSync(descriptor, readBytes(source, at, Math.min(pieceBytes, to - at)));
        }
      }
    });
    fs.fdatasyncSync(descriptor);
  } catch (error) {
    fs.rmSync(draft, { force: true });
    throw error;
  } finally {
    fs.closeSync(descriptor);
  }
}

/** The bytes of lines with their ends, those side by side as one range. */
function* rangesOf(lines: readonly Span[]): Generator<{ from: number; to: number }> {
  let range: { from: number; to: number } | undefined;
  for (const { offset, length } of lines) {
    if (range !== undefined && range.to === offset) {
      range.to += length + 1;
      continue;
    }
    if (range !== undefined) yield range;
    range = { from: offset, to: offset + length + 1 };
  }
  if (range !== undefined) yield range;
}
