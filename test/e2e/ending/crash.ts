import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import type { TemporaryPlace } from '../../vscode/sampleWorkspace';
import { type StageOf, shareStage } from '../support/stage';

/** Goes on until there is a file `build`. */
const script = `#!/usr/bin/env bash
# name: Patient
echo "::sparkq progress 10 step 1::"
until [ -e build ]; do sleep 0.1; done
echo built to the end
`;

export function preparePatience({ workspace }: TemporaryPlace): Promise<void> {
  return fs.writeFile(path.join(workspace, 'scripts', 'patient.sh'), script);
}

export const crash = (stage: StageOf) =>
  describe('After a SIGKILL of the extension host', () => {
    shareStage(stage);

    it('every acknowledged change is there, and the running script is reported correctly', async () => {
      const { workbench, place } = stage();
      await workbench.openContainer('SparkQ');
      const view = workbench.view('Queue');
      const before = await stage().queue();
      const session = await before.createSession({ name: 'before the crash' });
      const stream = await before.createStream({ session: session.id, name: 'work' });
      const add = (label: string, file: string, ...args: string[]) =>
        before.enqueue({
          stream: stream.id,
          tool_name: 'run-bash',
          label,
          payload: { script_path: `scripts/${file}`, args },
        });
      const slow = await add('slow one', 'patient.sh');
      const acknowledged: string[] = [];
      for (let number = 1; number <= 5; number += 1) {
        const { task } = await add(`task ${number}`, 'hello.sh', String(number));
        acknowledged.push(task.id);
      }
      await before.close();
      await view.see(/^task 5/);
      await view.see(/^work.*6 queued/);
      await view.inlineAction(/slow one.*queued/, 'Run Task Now');
      await view.see(/slow one.*running.*step/);

      await stage().killExtensionHosts();

      const after = await stage().queue();
      assert.equal((await after.getTask(slow.task.id)).status, 'running');
      await fs.writeFile(path.join(place.workspace, 'build'), '');
      // The script was adopted: it goes on to its own end, as the only attempt.
      await view.expand('Done');
      await (await view.see(/slow one.*(succeeded|interrupted)/)).hover();
      await workbench.screenshot('after-the-crash');
      const ended = await after.getTask(slow.task.id);
      assert.equal(ended.attempts, 1);
      assert.equal(ended.status, 'succeeded');
      assert.equal(ended.result_summary, 'built to the end');
      const queued = await after.listTasks({ stream: stream.id, status: 'queued', order: 'position' });
      assert.deepEqual(
        queued.items.map(({ id }) => id),
        acknowledged,
      );
      await after.close();
    });

    it('the window keeps working: the queue can be changed and its tasks run', async () => {
      const { workbench } = stage();
      const view = workbench.view('Queue');
      await view.inlineAction(/^task 1/, 'Run Task Now');
      await view.see(/^task 1.*succeeded/);
    });
  });
