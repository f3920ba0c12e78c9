import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { backgroundLog, backgroundOf } from '../../../src/client/background';
import type { Task } from '../../../src/core/model';
import type { NewTask } from '../../../src/core/queue';
import type { RunRecord } from '../../../src/runner/runFiles';
import { machineClock } from '../../../src/system/machineClock';
import { isAlive } from '../../../src/system/processes';
import { readFileIfAny } from '../../../src/system/wholeFiles';
import { Started } from '../../support/commandLine';
import { untilEnded } from '../../support/deadPid';
import { openLocalQueue } from '../../support/localQueue';
import { fileThere } from '../runner/support';
import { Sandbox } from './sandbox';

const yearMs = 366 * 24 * 3_600_000;

/** Each sentence of each point of a section of the README. */
function claimsOf(section: string): string[][] {
  const text = fs.readFileSync('README.md', 'utf8').split(`## ${section}\n`)[1]?.split('\n## ')[0] ?? '';
  const points = text.split(/^- /m).slice(1);
  return points.map((point) =>
    point
      .trim()
      .replace(/\s+/g, ' ')
      .split(/(?<=\.) /),
  );
}

/** Says that it began, waits until its number may end, and fails the first time where it is told to. */
const script = `[ "$2" != fails ] || [ -e failed ] || { touch failed; exit 1; }
echo "$1" > "began.$1"
until [ -e "go.$1" ]; do sleep 0.05; done
echo "$1" >> ran
echo "$1" > "ended.$1"
`;

/** A point may not say what no step shows. Power failures are shown on a model of the disk, in the tests of the store. */
describe('Walking away, as the README says', () => {
  let box: Sandbox;
  let storage: string;
  let queued: string[];
  const opened: Started[] = [];

  before(async () => {
    box = new Sandbox();
    storage = await box.makeQueue();
    box.write('script.sh', script);
    fs.appendFileSync(path.join(box.folder, 'sparkq.yml'), 'runner:\n  backoff_ms: 500\n');
    queued = [];
    await box.ok('stream', 'edit', 'lane', '--working');
  });
  afterEach(function () {
    if (this.currentTest?.state === 'failed')
      process.stderr.write(readFileIfAny(backgroundLog(storage)) ?? '');
  });
  after(async () => {
    await endBackground();
    for (const { child } of opened) child.kill('SIGKILL');
    await box.remove();
  });

  async function endBackground(): Promise<void> {
    const present = backgroundOf(storage);
    if (present === null) return;
    process.kill(present.pid, 'SIGKILL');
    await untilEnded(present.pid);
  }

  async function openWindow(): Promise<Started> {
    const program = path.resolve('out/test/process/cli/window.js');
    const child = spawn(process.execPath, ['--liftoff-only', program, box.folder, storage, box.home]);
    const window = new Started(child);
    opened.push(window);
    await window.says(/^(owner|client)\n/);
    return window;
  }

  const up = async (...more: string[]) => (await box.json<{ pid: number }>('up', ...more)).pid;

  function work(number: string, fails = false): Omit<NewTask, 'stream'> {
    queued.push(number);
    const args = [number, fails ? 'fails' : 'works'];
    return { tool_name: 'run-bash', payload: { script_path: 'script.sh', args } };
  }

  async function add(number: string): Promise<string> {
    work(number);
    const words = ['enqueue', '-s', 'lane', '--script', 'script.sh', number, 'works'];
    return (await box.json<Task>(...words)).id;
  }

  const began = (number: string) => fileThere(path.join(box.folder, `began.${number}`));
  const ended = (number: string) => fileThere(path.join(box.folder, `ended.${number}`));
  const letGo = (...numbers: string[]) => {
    for (const number of numbers) box.write(`go.${number}`, '');
  };
  const statusOf = async (id: string) => (await box.json<Task>('task', id)).status;

  const steps: Readonly<Record<string, () => Promise<void>>> = {
    async 'Close the window: what runs goes on, and its result is there when you come back.'() {
      const window = await openWindow();
      const [first, second] = [await add('1'), await add('2')];
      await began('1');
      await window.stop();
      assert.equal(await box.ok('status'), 'SparkQ server: not running\n');
      letGo('1');
      await ended('1');
      assert.equal(fs.existsSync(path.join(box.folder, 'began.2')), false);
      const next = await openWindow();
      letGo('2');
      await box.ok('wait', first, second);
      await next.stop();
    },

    // That the setting starts it is shown in a window, in test/e2e.
    async 'With `sparkq.background` the rest of the queue, retries and schedules go on as well, in a process that ends when nothing is left to do.'() {
      const { now, monotonic } = machineClock;
      const clock = { ...machineClock, now: () => now() - yearMs, monotonic: () => monotonic() - yearMs };
      const past = await openLocalQueue(storage, { workspace: box.folder, clock });
      const times = { cron: '0 0 1 1 *', zone: 'UTC', missed: 'once' } as const;
      const schedule = await past.createSchedule({ stream: 'lane', ...times, ...work('timed') });
      await past.close();
      const queue = await openLocalQueue(storage, { workspace: box.folder, role: 'command' });
      await queue.enqueue({ stream: 'lane', max_attempts: 2, ...work('again', true) });
      await queue.enqueue({ stream: 'lane', ...work('rest') });
      await queue.close();
      letGo('timed', 'again', 'rest');
      const pid = await up('--while-work');
      await Promise.all(['timed', 'again', 'rest'].map(ended));
      await box.ok('schedule', 'remove', schedule.id);
      await untilEnded(pid);
    },

    async 'No window at all: `sparkq up` does the same until `sparkq down`; with `--while-work` until nothing is left to do.'() {
      const pid = await up();
      letGo('3', '4');
      await box.ok('wait', await add('3'));
      assert.equal(isAlive(pid, null), true);
      await box.ok('down');
      assert.equal(isAlive(pid, null), false);
      const next = await add('4');
      assert.equal(await statusOf(next), 'queued');
      await untilEnded(await up('--while-work'));
      assert.equal(await statusOf(next), 'succeeded');
    },

    // With a stand-in for systemctl.
    async '`sparkq service install` starts it at every login.'() {
      if (process.platform !== 'linux') return;
      box.write('bin/systemctl', '#!/bin/sh\n');
      fs.chmodSync(path.join(box.folder, 'bin/systemctl'), 0o755);
      box.env.PATH = `${path.join(box.folder, 'bin')}:${process.env.PATH}`;
      box.env.XDG_CONFIG_HOME = path.join(box.root, 'config');
      await box.onTerminal('y', 'service', 'install');
      const units = path.join(box.root, 'config', 'systemd', 'user');
      const [unit = ''] = fs.readdirSync(units);
      const text = fs.readFileSync(path.join(units, unit), 'utf8');
      assert.match(text, /^WantedBy=default\.target$/m);
      // What systemd does at a login.
      const words = (line: string) => [...line.matchAll(/"([^"]*)"/g)].map(([, word = '']) => word);
      const [program = '', ...args] = words(/^ExecStart=.*$/m.exec(text)?.[0] ?? '');
      const env = Object.fromEntries(
        [...text.matchAll(/^Environment=.*$/gm)].flatMap(([line]) =>
          words(line).map((one) => one.split('=')),
        ),
      );
      const child = spawn(program, args, { cwd: '/', env }) as ChildProcessWithoutNullStreams;
      const service = new Started(child);
      opened.push(service);
      letGo('5');
      await box.ok('wait', await add('5'));
      assert.equal(backgroundOf(storage)?.pid, child.pid);
      await service.stop();
    },

    async 'Open a window: it joins in at once, and takes the queue back when that process ends.'() {
      const pid = await up();
      const [running, next] = [await add('6'), await add('7')];
      await began('6');
      const window = await openWindow();
      assert.equal((await box.json<{ pid: number }>('status')).pid, pid);
      assert.equal(window.stdout, 'client\n');
      await box.ok('down');
      await window.says(/^client\nowner\n$/);
      letGo('6', '7');
      await box.ok('wait', running, next);
      await window.stop();
    },

    async 'Nothing runs twice or is left out.'() {
      const ran = box.read('ran').trim().split('\n');
      assert.deepEqual(ran.sort(), [...queued].sort());
      const tasks = await box.json<Task[]>('tasks');
      assert.equal(tasks.length, queued.length);
      assert.deepEqual([...new Set(tasks.map(({ status }) => status))], ['succeeded']);
    },

    async 'Kill anything, or pull the plug: the next one goes on from what is on disk; an interrupted run says so.'() {
      const pid = await up();
      const [left, interrupted, next] = [await add('8'), await add('9'), await add('10')];
      await began('8');
      process.kill(pid, 'SIGKILL');
      await untilEnded(pid);
      assert.doesNotMatch(await box.ok('status'), /background/);
      letGo('8');
      await up();
      await began('9');
      const record = JSON.parse(
        fs.readFileSync(path.join(storage, 'runs', `${interrupted}-1.json`), 'utf8'),
      ) as RunRecord;
      process.kill(record.supervisor?.pid ?? 0, 'SIGKILL');
      letGo('10');
      await box.ok('wait', left, next);
      const task = await box.json<Task>('task', interrupted);
      assert.deepEqual([task.status, task.failure_kind], ['failed', 'interrupted']);
      assert.match(task.error ?? '', /interrupted/i);
      await box.ok('down');
    },

    async 'Update or remove the extension: what runs ends as usual, and nothing new starts until a window or `sparkq up` does it.'() {
      const programs = path.join(box.root, 'dist');
      fs.cpSync('dist', programs, { recursive: true });
      const [running, next] = [await add('11'), await add('12')];
      execFileSync(process.execPath, [path.join(programs, 'cli.js'), 'up'], {
        cwd: box.folder,
        env: { ...process.env, SPARKQ_HOME: box.home },
      });
      const { pid } = backgroundOf(storage) ?? assert.fail('It is not there');
      await began('11');
      fs.rmSync(programs, { recursive: true });
      letGo('11', '12');
      await untilEnded(pid);
      assert.match(readFileIfAny(backgroundLog(storage)) ?? '', /updated or removed: nothing new is started/);
      assert.deepEqual([await statusOf(running), await statusOf(next)], ['succeeded', 'queued']);
      await untilEnded(await up('--while-work'));
      assert.equal(await statusOf(next), 'succeeded');
    },
  };

  const points = claimsOf('Walk away');
  it('is said in five points, each of which has a step here', () => {
    assert.equal(points.length, 5);
    assert.deepEqual(points.flat(), Object.keys(steps));
  });
  for (const claim of points.flat()) it(claim, () => steps[claim]?.() ?? assert.fail('No step shows this'));
});
