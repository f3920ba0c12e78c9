/** Adds the archive that a backup took along to the one that is there. */

import path from 'node:path';
import type { AttachedLines } from '../engine/attachedFiles';
import { type Files, writeAll } from '../engine/files';
import { keyAtStart, keyBytes, parseLine } from './archivedTask';
import { type ArchiveFile, archiveFiles, archiveFolder, archiveName, sortArchive } from './archiveFiles';
import { scanFile } from './archiveLines';

/**
 * Appends the tasks that the archive lacks to files of this owner, in their months. Nothing that is there is lost: a
 * task was run, whichever queue is restored. Resolves when all is on disk.
 */
export async function mergeArchive(
  files: Files,
  storage: string,
  generation: number,
  attached: Iterable<AttachedLines>,
): Promise<void> {
  const folder = archiveFolder(storage);
  const known = new Set<string>();
  for (const file of await archiveFiles(files, folder)) {
    scanFile(
      folder,
      file,
      ({ id }) => known.add(id),
      () => undefined,
    );
  }
  const open = new Map<string, { descriptor: number; size: number }>();
  try {
    for (const { name, lines } of attached) {
      const [from] = sortArchive([name]);
      const bytes = Buffer.concat(linesOf(lines).filter((line) => !known.has(idOf(line))));
      if (from === undefined || bytes.length === 0) continue;
      const month = open.get(from.month) ?? (await openMonth(files, folder, { ...from, generation }));
      open.set(from.month, month);
      await writeAll(files, month.descriptor, bytes, month.size);
      month.size += bytes.length;
    }
    for (const { descriptor } of open.values()) await files.datasync(descriptor);
  } finally {
    for (const { descriptor } of open.values()) await files.close(descriptor);
  }
  if (open.size === 0) return;
  await files.syncFolder(folder);
  await files.syncFolder(storage);
}

async function openMonth(
  files: Files,
  folder: string,
  file: ArchiveFile,
): Promise<{ descriptor: number; size: number }> {
  await files.makeFolder(folder);
  return { descriptor: await files.open(path.join(folder, archiveName(file)), 'create'), size: 0 };
}

/** Each with its end. */
function linesOf(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(0x0a, from) + 1 || bytes.length;
    lines.push(bytes.subarray(from, end));
    from = end;
  }
  return lines;
}

/** Empty for a line that is no task. */
function idOf(line: Buffer): string {
  const key = keyAtStart(line.toString('latin1', 0, keyBytes)) ?? parseLine(line.toString());
  return key?.id ?? '';
}
