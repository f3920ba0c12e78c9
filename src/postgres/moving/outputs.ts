/** Fetches the output that the server has and this host has not: that of runs on other hosts. */

import type { ClientBase } from 'pg';
import type { OutputName } from '../../core/queue';
import { OutputCopy, type OutputRef } from '../../store/outputFiles';

/** Chunks have up to 256 KB. */
const chunksTogether = 20;

type Chunk = [task: string, attempt: number, stream: OutputName, start: number, hex: string];

export async function fetchOutputs(client: ClientBase, storage: string): Promise<void> {
  await client.query(
    `DECLARE outputs NO SCROLL CURSOR FOR SELECT task_id, attempt, stream, start, encode(bytes, 'hex')
      FROM output_chunks ORDER BY task_id, attempt, stream, start`,
  );
  let copy: OutputCopy | undefined;
  for (;;) {
    const { rows } = await client.query<Chunk>({
      text: `FETCH ${chunksTogether} FROM outputs`,
      rowMode: 'array',
    });
    for (const [task, attempt, stream, start, hex] of rows) {
      const ref: OutputRef = { storage, task, attempt, stream };
      if (!copy?.isOf(ref)) {
        await copy?.finish();
        copy = await OutputCopy.begin(ref);
      }
      await copy.add(start, Buffer.from(hex, 'hex'));
    }
    if (rows.length < chunksTogether) break;
  }
  await copy?.finish();
  await client.query('CLOSE outputs');
}
