import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { waitingFor } from '../../../src/core/waiting';
import { isAlive } from '../../../src/system/processes';
import type { TemporaryPlace } from '../../vscode/sampleWorkspace';
import { type StageOf, shareStage } from '../support/stage';

/** Appends a line for each execution, then waits to be let go. */
const counted = 'echo run >> counted.txt\nuntil [ -e go ]; do sleep 0.1; done\necho gone\n';
const stubborn = "( trap '' TERM HUP; echo $BASHPID > stubborn.pid; while :; do sleep 0.1; done ) &\nwait\n";

export function prepareRuns({ workspace }: TemporaryPlace): void {
  fs.writeFileSync(path.join(workspace, 'counted.sh'), counted);
  fs.writeFileSync(path.join(workspace, 'stubborn.sh'), stubborn);
}

export const walkAway = (stage: StageOf) =>
  describe('Walking away', () => {
    shareStage(stage);
    const file = (name: string) => path.join(stage().place.workspace, name);

    async function enqueue(
      label: string,
      script_path: string,
      { stream = 'lane', timeout = 300 } = {},
    ): Promise<string> {
      const queue = await stage().queue();
      const input = { stream, tool_name: 'run-bash', label, payload: { script_path }, timeout };
      const { task } = await queue.enqueue(input);
      await queue.close();
      return task.id;
    }

    async function taskOf(id: string) {
      const queue = await stage().queue();
      const task = await queue.getTask(id);
      await queue.close();
      return task;
    }

    it('a paused stream keeps its tasks, and says so', async () => {
      const { workbench } = stage();
      await workbench.openContainer('SparkQ');
      const queue = await stage().queue();
      await queue.createSession({ name: 'away' });
      await queue.createStream({ session: 'away', name: 'lane' });
      await queue.close();
      const view = workbench.view('Queue');
      await view.inlineAction(/^lane/, 'Pause Stream');
      await view.inlineAction(/^lane.*paused/, 'Start Worker');
      await view.see(/^lane.*paused.*worker on/);
      await enqueue('counted run', 'counted.sh');
      const row = await view.see(/counted run.*queued/);
      const { waiting } = waitingFor({ code: 'paused', values: { stream: 'lane' } }, Date.now());
      await workbench.hoverOver(row, waiting ?? '');
      await workbench.screenshot('why-it-waits');
    });

    it('a reload keeps the selection, and a run that can be suspended, continued and cancelled', async () => {
      const { workbench } = stage();
      const view = workbench.view('Queue');
      const queue = await stage().queue();
      await queue.createStream({ session: 'away', name: 'beside' });
      await queue.updateStream('beside', { working: true });
      await queue.close();
      const id = await enqueue('left running', 'counted.sh', { stream: 'beside' });
      await view.see(/left running.*running/);

      await workbench.reload();
      await workbench.openContainer('SparkQ');
      await view.see(/^lane.*paused.*worker on/);
      await view.menu(/left running.*running/, 'Suspend Run');
      await view.see(/left running.*suspended/);
      await workbench.screenshot('suspended');
      await view.menu(/left running.*suspended/, 'Continue Run');
      await view.inlineAction(/left running.*running/, 'Cancel Task');
      await view.expand('Done');
      await view.see(/left running.*cancelled/);
      const task = await taskOf(id);
      assert.deepEqual([task.failure_kind, task.attempts], ['cancelled', 1]);
    });

    it('a crash of the window keeps the current run', async () => {
      const { workbench } = stage();
      const view = workbench.view('Queue');
      await view.inlineAction(/^lane.*paused.*worker on/, 'Resume Stream');
      await view.see(/counted run.*running/);
      const next = await enqueue('the next one', 'counted.sh');

      await workbench.reloadAbruptly();
      await workbench.openContainer('SparkQ');
      await view.see(/counted run.*running/);
      fs.writeFileSync(file('go'), '');
      // That of this stream: nothing has succeeded in the other one.
      await view.expand(/^Done.*succ/);
      await view.see(/counted run.*succeeded/);
      // The worker has gone on by itself.
      await view.see(/the next one.*succeeded/);
      assert.equal(fs.readFileSync(file('counted.txt'), 'utf8'), 'run\nrun\nrun\n', 'each once');
      assert.equal((await taskOf(next)).attempts, 1);
      fs.rmSync(file('go'));
    });

    it('a run that takes too long is ended with everything it started, and the lane continues', async () => {
      const view = stage().workbench.view('Queue');
      await enqueue('too long', 'stubborn.sh', { timeout: 1 });
      await view.see(/too long.*timed out/);
      assert.equal(isAlive(Number(fs.readFileSync(file('stubborn.pid'), 'utf8')), null), false);
      fs.writeFileSync(file('go'), '');
      await enqueue('after it', 'counted.sh');
      await view.see(/after it.*succeeded/);
    });
  });
