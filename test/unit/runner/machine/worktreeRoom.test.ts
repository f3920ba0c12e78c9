import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { toInstant } from '../../../../src/core/clock';
import { silentLog } from '../../../../src/core/log';
import { MachineResources, type Ticket } from '../../../../src/runner/machine/machineResources';
import { readRecord, type WorktreeRecord, writeRecord } from '../../../../src/runner/worktrees/records';
import { FakeClock } from '../../../support/fakeClock';
import { withFolder } from '../../../support/folders';

/** Bytes of the file in the worktree, which is more than `machine.yml` allows. */
const size = 2000;
const limit = 0.000_001;

interface Machine {
  clock: FakeClock;
  resources: MachineResources;
  worktree: WorktreeRecord;
  /** Writes `machine.yml`, which nobody has read yet. */
  allow: (gigabytes: number) => void;
}

/** A machine whose one worktree, of tsk_a, takes all that there is room for. */
function withWorktree(work: (machine: Machine) => Promise<void>): Promise<void> {
  return withFolder(async (home) => {
    const clock = new FakeClock();
    let times = 1;
    const allow = (gigabytes: number): void => {
      const file = path.join(home, 'machine.yml');
      fs.writeFileSync(file, `worktrees_max_gb: ${gigabytes}\n`);
      times += 1;
      fs.utimesSync(file, times, times);
    };
    const folder = path.join(home, 'worktrees', 'repository-1', 'tsk_a');
    fs.mkdirSync(path.join(folder, 'inner'), { recursive: true });
    fs.writeFileSync(path.join(folder, 'inner', 'a.txt'), 'a'.repeat(size));
    const worktree: WorktreeRecord = {
      ...{ key: 'tsk_a', title: 'A', storage: home, workspace: home, common: home, top: home, folder },
      ...{ branch: 'sparkq/tsk_a', base: 'b', filters: true, state: 'made', set_up: true },
      ...{
        made_at: toInstant(clock.now()),
        discarded_at: null,
        kept_until: null,
        merged: null,
        left_out: [],
      },
    };
    writeRecord(worktree);
    allow(limit);
    const hasProcesses = async () => false;
    const options = { home, storage: home, workspace: home, log: silentLog, hasProcesses, clock };
    await work({ clock, resources: new MachineResources(options), worktree, allow });
  });
}

/** Waits as long as time passes. */
async function held(ticket: Ticket, clock: FakeClock): Promise<void> {
  let over = false;
  const end = new AbortController();
  const waiting = ticket.wait(end.signal).finally(() => {
    over = true;
  });
  while (!over) {
    await Promise.race([waiting, clock.timerSet(1_000)]);
    clock.advance(1_000);
  }
  assert.ok(await waiting);
}

describe('Room for worktrees', () => {
  it('makes a new one wait, and neither one that is there nor a run without one', () =>
    withWorktree(async ({ clock, resources, worktree }) => {
      const ticket = (task: string, key: string | null) =>
        resources.ticket({ task, needs: {}, worktree: key });
      const fresh = await ticket('tsk_b', 'tsk_b');
      assert.equal(readRecord(worktree.folder)?.bytes, size);
      assert.equal(resources.whyWaits('tsk_b')?.code, 'worktrees_full');
      assert.deepEqual(
        [fresh, await ticket('tsk_a', 'tsk_a'), await ticket('tsk_c', null)].map((one) => one.isHeld()),
        [false, true, true],
      );
      writeRecord({ ...worktree, bytes: size, state: 'discarded' });
      await held(fresh, clock);
      assert.equal(resources.whyWaits('tsk_b'), null);
      assert.ok(fs.existsSync(worktree.folder));
    }));

  it('is made by allowing more', () =>
    withWorktree(async ({ clock, resources, allow }) => {
      const ticket = await resources.ticket({ task: 'tsk_b', needs: {}, worktree: 'tsk_b' });
      assert.ok(!ticket.isHeld());
      allow(1);
      await held(ticket, clock);
    }));

  it('is measured once a run has ended, where it is limited', () =>
    withWorktree(async ({ resources, worktree, allow }) => {
      const measured = async () => {
        await resources.measure(worktree.folder);
        return readRecord(worktree.folder)?.bytes;
      };
      assert.equal(await measured(), size);
      fs.appendFileSync(path.join(worktree.folder, 'inner', 'a.txt'), 'more');
      assert.equal(await measured(), size + 4);
      fs.rmSync(path.join(worktree.workspace, 'machine.yml'));
      writeRecord({ ...worktree, bytes: null });
      assert.equal(await measured(), null);
      allow(limit);
      assert.equal(await measured(), size + 4);
    }));
});
