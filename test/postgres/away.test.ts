/** A server that is away for a while. */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fixedConfig } from '../../src/core/config';
import { silentLog } from '../../src/core/log';
import { runPaths } from '../../src/runner/runFiles';
import { Runner } from '../../src/runner/runner';
import { outputFile } from '../../src/store/outputFiles';
import { fileThere, programs } from '../process/runner/support';
import { withFolder } from '../support/folders';
import { nextEvent, refused } from '../support/localQueue';
import { openHost } from '../support/postgres/hosts';
import { newSchema } from '../support/postgres/server';
import { Switch } from '../support/postgres/switch';

describe('while the server is away', () => {
  it('a run goes on and is reported later, changes are refused, and whoever shows something is told', () =>
    withFolder(async (folder) => {
      const place = newSchema();
      const way = new Switch(place.url);
      await way.on();
      const storage = path.join(folder, 'first');
      const first = await openHost(storage, { ...place, url: way.url }, {}, { tries: 3 });
      const second = await openHost(path.join(folder, 'second'), place);
      const runner = new Runner({
        queue: first,
        storage,
        workspace: folder,
        config: fixedConfig(),
        programs,
        log: silentLog,
      });
      try {
        await first.createSession({ name: 'work' });
        await first.createStream({ session: 'work', name: 'lane' });
        writeFileSync(
          path.join(folder, 'a.sh'),
          'echo one\nuntil [ -e go ]; do sleep 0.05; done\necho two\n',
        );
        const { task } = await first.enqueue({
          stream: 'lane',
          tool_name: 'run-bash',
          payload: { script_path: 'a.sh' },
        });
        const run = await runner.claimNow(task.id, {});
        // It is at work.
        await fileThere(outputFile({ storage, task: task.id, attempt: 1, stream: 'stdout' }));

        const told = nextEvent(first, 'reset');
        await way.off();
        await told;
        const { details } = await refused(
          first.enqueue({ stream: 'lane', tool_name: 'run-bash' }),
          'unavailable',
        );
        assert.match(String(details?.unreachable), /sparkq-switch/);
        writeFileSync(path.join(folder, 'go'), '');
        await fileThere(runPaths(storage, task.id, 1).exit);
        assert.equal((await second.getTask(task.id)).status, 'running');

        const again = nextEvent(first, 'reset');
        await way.on();
        await again;
        assert.equal((await run.ended).status, 'succeeded');
        const { stdout, result_summary: summary } = await second.getTask(task.id);
        assert.deepEqual([stdout, summary], ['one\ntwo\n', 'two']);
      } finally {
        runner.dispose();
        await Promise.all([first.close(), second.close()]);
        await way.remove();
      }
    }));
});
