/** Makes the fixture of the present schema version, see databaseFixture.ts. */

import fs from 'node:fs/promises';
import { migrations } from '../../src/store/rows/schema';
import { contentsOf, fillFixture, keyedChanges, openFixture } from './databaseFixture';

async function main(): Promise<void> {
  const folder = `test/fixtures/databases/v${migrations.at(-1)?.version}`;
  await fs.rm(folder, { recursive: true, force: true });
  await fs.mkdir(folder, { recursive: true });
  const queue = await openFixture(`${folder}/storage`);
  await fillFixture(queue);
  const keyed = await keyedChanges(queue);
  const contents = await contentsOf(queue);
  await queue.backup(`${process.cwd()}/${folder}/backup.db`);
  await queue.close();
  await forgetMachine(`${folder}/storage/owner.1`);
  await fs.writeFile(`${folder}/contents.json`, `${JSON.stringify(contents, null, 2)}\n`);
  await fs.writeFile(`${folder}/keyed.json`, `${JSON.stringify(keyed, null, 2)}\n`);
}

/** The lock of a queue that was closed stays; what it says of the machine is nobody's business. */
async function forgetMachine(lock: string): Promise<void> {
  const owner = JSON.parse(await fs.readFile(lock, 'utf8')) as Record<string, unknown>;
  await fs.writeFile(
    lock,
    JSON.stringify({ ...owner, pid: 1, startTime: '1', bootId: 'fixture', host: 'fixture' }),
  );
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
