import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { migrations } from '../../../src/store/rows/schema';
import { contentsOf, keyedChanges, openFixture } from '../../support/databaseFixture';
import { withFolder } from '../../support/folders';

const fixtures = 'test/fixtures/databases';

/** What every later version must still say: it may say more. */
function assertContains(actual: unknown, expected: unknown, where: string): void {
  if (Array.isArray(expected)) {
    assert.ok(Array.isArray(actual) && actual.length === expected.length, `${where} has other rows`);
    expected.forEach((item, index) => {
      assertContains(actual[index], item, `${where}[${index}]`);
    });
  } else if (expected !== null && typeof expected === 'object') {
    for (const [key, value] of Object.entries(expected))
      assertContains((actual as Record<string, unknown> | null)?.[key], value, `${where}.${key}`);
  } else {
    assert.deepEqual(actual, expected, where);
  }
}

describe('A queue of an older version', () => {
  it('is kept for each schema version', () => {
    assert.deepEqual(fs.readdirSync(fixtures).sort(), migrations.map(({ version }) => `v${version}`).sort());
  });

  for (const version of fs.existsSync(fixtures) ? fs.readdirSync(fixtures) : []) {
    it(`opens with everything that it held: ${version}`, () =>
      withFolder(async (folder) => {
        const storage = path.join(folder, 'storage');
        fs.cpSync(path.join(fixtures, version, 'storage'), storage, { recursive: true });
        const expected: unknown = JSON.parse(
          fs.readFileSync(path.join(fixtures, version, 'contents.json'), 'utf8'),
        );
        const queue = await openFixture(storage);
        try {
          const contents = await contentsOf(queue);
          assertContains(contents, expected, version);
          assert.ok((await queue.listTasks({ q: 'SCRIPTS/BÜRO' })).total > 0);
          assert.equal((await queue.listTasks({ q: 'script_path' })).total, 0);
          const keyed = path.join(fixtures, version, 'keyed.json');
          if (!fs.existsSync(keyed)) return;
          assert.deepEqual(await keyedChanges(queue), JSON.parse(fs.readFileSync(keyed, 'utf8')));
          assert.deepEqual(await contentsOf(queue), contents);
        } finally {
          await queue.close();
        }
      }));
  }
});
