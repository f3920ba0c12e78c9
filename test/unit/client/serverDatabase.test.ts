import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { OpenQueueOptions } from '../../../src/client/options';
import { serverDatabase } from '../../../src/client/serverDatabase';
import { fixedConfig } from '../../../src/core/config';
import { messageOf } from '../../../src/core/errors';
import { silentLog } from '../../../src/core/log';
import { useFolder } from '../../support/folders';

describe('A queue in files that was on a server the last time', () => {
  const folder = useFolder();
  beforeEach(() => {
    writeFileSync(path.join(folder(), 'last-server.json'), '{"url": "postgresql://db/work"}');
  });

  /** What is opened in place of the files, and what is said. */
  function open(config = fixedConfig()) {
    const warnings: string[] = [];
    const log = { ...silentLog, warn: (message: string) => void warnings.push(message) };
    const options = { config, storage: folder(), log, env: {} } as unknown as OpenQueueOptions;
    return { database: serverDatabase(options), warnings };
  }

  it('is opened, and says so once', () => {
    const { database, warnings } = open();
    assert.equal(database, undefined);
    assert.match(warnings[0] ?? '', /was on postgresql:\/\/db\/work the last time/);
    assert.deepEqual(open(), { database: undefined, warnings: [] });
  });

  it('is not opened while sparkq.yml cannot be read', async () => {
    const problem = {
      severity: 'error',
      code: 'file',
      message: '',
      line: 1,
      column: 1,
      endLine: 1,
      endColumn: 1,
    };
    const { database } = open({ ...fixedConfig(), diagnostics: () => [{ ...problem } as never] });
    assert.ok(database);
    await assert.rejects(database([]), (error) =>
      /not known whether the queue is still on postgresql:/.test(messageOf(error)),
    );
  });
});
