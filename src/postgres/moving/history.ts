/** Moves the history: files of lines on one side, a table on the other. */

import type { ClientBase } from 'pg';
import { type ArchivedTask, lineOf, parseLine } from '../../store/archive/archivedTask';
import { archiveFiles, archiveFolder, archiveName, monthOf } from '../../store/archive/archiveFiles';
import { type Line, LineReader, scanFile } from '../../store/archive/archiveLines';
import { mergeArchive } from '../../store/archive/mergeArchive';
import { archiveColumns, archiveRow, taskOfRow } from '../../store/archive/sharedArchive';
import { nodeFiles } from '../../store/engine/files';
import { keptText } from '../../store/serverTexts';
import type { Compared } from './compared';
import type { QueueTable } from './queueTables';
import { RowWriter, readRows } from './serverRows';

const table: QueueTable = { name: 'archived_tasks', columns: archiveColumns, order: ['id'], numbered: false };

/** Replaces that of the server with the one in a storage folder. */
export async function historyToServer(
  client: ClientBase,
  storage: string,
  compared: Compared,
): Promise<void> {
  await client.query(`DELETE FROM ${table.name}`);
  const writer = await RowWriter.open(client, table);
  for await (const task of archivedIn(storage)) {
    const row = archiveRow(task).map((value) => (typeof value === 'string' ? keptText(value) : value));
    compared.add(table.name, row);
    await writer.add(row);
  }
  await writer.flush();
  await compared.compare(table.name, readRows(client, table));
}

/** Adds what the files lack. @param generation of the owner lock, which the caller holds */
export async function historyToFiles(
  client: ClientBase,
  storage: string,
  generation: number,
  compared: Compared,
): Promise<void> {
  const months = new Map<string, Buffer[]>();
  for await (const row of readRows(client, table)) {
    const task = taskOfRow(row[archiveColumns.indexOf('payload')], row[archiveColumns.indexOf('line')]);
    if (task === undefined) continue;
    const month = monthOf(task.purged_at);
    months.set(month, [...(months.get(month) ?? []), Buffer.from(lineOf(task))]);
    compared.add(table.name, row);
  }
  const lines = [...months].map(([month, all]) => ({
    name: archiveName({ month, generation }),
    lines: Buffer.concat(all),
  }));
  await mergeArchive(nodeFiles, storage, generation, lines);
}

/** Each task once: the last line counts. */
async function* archivedIn(storage: string): AsyncGenerator<ArchivedTask> {
  const folder = archiveFolder(storage);
  const lines = new Map<string, Line>();
  for (const file of await archiveFiles(nodeFiles, folder))
    scanFile(
      folder,
      file,
      (line) => lines.set(line.id, line),
      () => undefined,
    );
  const reader = new LineReader(folder);
  try {
    for (const line of lines.values()) {
      const task = parseLine(reader.read(line));
      if (task !== undefined) yield task;
    }
  } finally {
    reader.close();
  }
}
