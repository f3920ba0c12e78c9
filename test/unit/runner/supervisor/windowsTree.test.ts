import assert from 'node:assert/strict';
import { leftText } from '../../../../src/runner/supervisor/tree';
import {
  membersOf,
  parseList,
  type WindowsProcess,
  type WindowsSystem,
  WindowsTree,
} from '../../../../src/runner/supervisor/windowsTree';

const started = { from: 1000, until: 1100 };

function entry(pid: number, parent: number, created: number): WindowsProcess {
  return { pid, parent, created };
}

const script = entry(10, 1, 1050);
const child = entry(11, 10, 1200);
const grandchild = entry(12, 11, 1300);

/** A machine with a script, whose tools fail as they are told. */
class FakeSystem implements WindowsSystem {
  processes = [script, child, grandchild, entry(99, 1, 500)];
  calls: string[] = [];
  listFails = false;
  /** What `taskkill` says, by whether it forces. */
  gentle: 'works' | 'refuses' | 'does nothing' = 'refuses';
  forced: 'works' | 'refuses' = 'works';
  immortal = new Set<number>();
  private time = 0;

  async list(): Promise<WindowsProcess[]> {
    this.calls.push('list');
    if (this.listFails) throw new Error('no PowerShell');
    return [...this.processes];
  }

  async taskkill(args: readonly string[]): Promise<void> {
    this.calls.push(`taskkill ${args.join(' ')}`);
    const answer = args.includes('/F') ? this.forced : this.gentle;
    if (answer === 'refuses') {
      const stderr = 'ERROR: Access is denied.\r\nMore.\r\n';
      throw Object.assign(new Error('Command failed'), { stderr });
    }
    if (answer === 'works') this.remove([10, 11, 12]);
  }

  terminate(pid: number): void {
    this.calls.push(`terminate ${pid}`);
    if (this.immortal.has(pid)) throw Object.assign(new Error('kill EPERM'), { code: 'EPERM' });
    this.remove([pid]);
  }

  isAlive(pid: number): boolean {
    return this.processes.some((one) => one.pid === pid);
  }

  now(): number {
    return this.time;
  }

  async sleep(ms: number): Promise<void> {
    this.time += ms;
  }

  remove(pids: number[]): void {
    this.processes = this.processes.filter(({ pid }) => !pids.includes(pid) || this.immortal.has(pid));
  }
}

function treeOn(system: FakeSystem, isHeld = true): WindowsTree {
  return new WindowsTree({ root: 10, marker: {}, started, isHeld: () => isHeld }, system);
}

describe('the processes of a run on Windows', () => {
  it('are the script, its children and theirs, whatever has had their pids', () => {
    const pids = (all: WindowsProcess[], known = new Map<number, number>()) =>
      [...membersOf(all, { root: 10, started }, known).keys()].sort((a, b) => a - b);
    assert.deepEqual(pids([script, child, grandchild]), [10, 11, 12]);
    assert.deepEqual(pids([grandchild, child]), [11, 12], 'the script has ended');
    assert.deepEqual(
      pids([entry(10, 1, 5000), child, entry(13, 10, 6000)]),
      [11],
      'its pid is another one now',
    );
    assert.deepEqual(pids([entry(14, 10, 400)]), [], 'of an earlier process with that pid');
    assert.deepEqual(pids([script, child, entry(12, 11, 900)]), [10, 11], 'older than its parent');
    assert.deepEqual(pids([grandchild]), [], 'nobody knows whose it is');
    assert.deepEqual(pids([grandchild], new Map([[12, 1300]])), [12], 'seen before');
    assert.deepEqual(pids([entry(12, 3, 9000)], new Map([[12, 1300]])), [], 'another with that pid');
    assert.deepEqual([...membersOf([script, child], { root: 10, started: null }, new Map()).keys()], []);
    assert.deepEqual(parseList('10 1 1050\r\n\r\nWARNING: x\r\n11 10 1200\r\n'), [script, child]);
  });

  it('end at once by force, since a program without a window cannot be asked', async () => {
    const system = new FakeSystem();
    assert.deepEqual(await treeOn(system).end(5000), { found: 3, left: [], failures: [] });
    assert.deepEqual(system.calls, ['list', 'taskkill /PID 10 /T', 'taskkill /PID 10 /T /F', 'list']);
    assert.equal(system.now(), 0);
  });

  it('have their time to end when they are asked', async () => {
    const system = new FakeSystem();
    system.gentle = 'does nothing';
    await treeOn(system).end(5000);
    assert.equal(system.now(), 5000);
    const quick = new FakeSystem();
    quick.gentle = 'works';
    await treeOn(quick).end(5000);
    assert.equal(quick.now(), 0);
    assert.ok(!quick.calls.some((call) => call.includes('/F')));
  });

  it('end one by one where taskkill fails', async () => {
    const system = new FakeSystem();
    system.forced = 'refuses';
    assert.deepEqual(await treeOn(system).end(0), { found: 3, left: [], failures: [] });
    assert.deepEqual(system.calls.slice(-4), ['terminate 10', 'terminate 11', 'terminate 12', 'list']);
  });

  it('end as far as the script goes where they cannot be listed, and the row says so', async () => {
    const system = new FakeSystem();
    system.forced = 'refuses';
    system.listFails = true;
    const end = await treeOn(system).end(0);
    assert.deepEqual([end.left, system.isAlive(10), system.isAlive(11)], [[], false, true]);
    assert.equal(
      leftText(end),
      'Processes that the script started may live on (its processes could not be listed: no PowerShell; taskkill: ERROR: Access is denied.).',
    );
    assert.equal(system.calls.filter((call) => call === 'list').length, 1);
  });

  it('that cannot be ended are named with what failed', async () => {
    const system = new FakeSystem();
    system.forced = 'refuses';
    system.immortal.add(12);
    const end = await treeOn(system).end(0);
    assert.deepEqual([end.found, end.left], [3, [12]]);
    assert.equal(
      leftText(end),
      'Process 12 could not be ended (taskkill: ERROR: Access is denied.; process 12: kill EPERM).',
    );
  });

  it('are left alone where the pid of the script may be of another process', async () => {
    const system = new FakeSystem();
    system.listFails = true;
    const end = await treeOn(system, false).end(0);
    assert.deepEqual([end.found, system.calls], [0, ['list']]);
    assert.match(leftText(end) ?? '', /may live on/);
  });

  it('are known, or known to be unknown', async () => {
    const system = new FakeSystem();
    assert.deepEqual(await treeOn(system).members(), [10, 11, 12]);
    system.listFails = true;
    assert.equal(await treeOn(system).members(), null);
  });

  it('leave nothing to say where all have ended', () => {
    assert.equal(leftText({ found: 3, left: [], failures: [] }), null);
  });
});
