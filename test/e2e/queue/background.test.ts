import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { backgroundOf } from '../../../src/client/background';
import { machineClock } from '../../../src/system/machineClock';
import { CommandLine } from '../../support/commandLine';
import { openLocalQueue } from '../../support/localQueue';
import { useStage } from '../support/stage';
import { until } from '../support/until';

const lanes = ['lane', 'second', 'third'];
const tasksOfLane = 10;
const yearMs = 366 * 24 * 3_600_000;

/** Ends once the test lets its number go; one that fails does so at its first run, at once. */
const counted = `[ "$2" != fails ] || [ -e failed ] || { touch failed; exit 1; }
touch "began.$SPARKQ_STREAM.$1"
until [ -e "go.$1" ]; do sleep 0.05; done
echo "$1" >> "ran.$SPARKQ_STREAM"
`;

describe('A queue whose window ends', () => {
  const stage = useStage({
    settings: { 'sparkq.background': 'ask' },
    prepare: async ({ workspace }) => {
      fs.writeFileSync(path.join(workspace, 'counted.sh'), counted);
      fs.appendFileSync(path.join(workspace, 'sparkq.yml'), 'runner:\n  backoff_ms: 4000\n');
    },
  });
  const file = (name: string) => path.join(stage().place.workspace, name);
  const work = (number: number, fails: boolean) => ({
    tool_name: 'run-bash',
    payload: { script_path: 'counted.sh', args: [String(number), fails ? 'fails' : 'works'] },
  });

  /** Makes the lanes, with three times ten tasks; the first of the last one fails at first. Answers the storage folder. */
  async function fill(): Promise<string> {
    const queue = await stage().queue();
    await queue.createSession({ name: 'away' });
    for (const name of lanes) await queue.createStream({ session: 'away', name });
    await queue.createStream({ session: 'away', name: 'timed' });
    await queue.updateStream('timed', { working: true });
    for (const stream of lanes)
      for (let number = 1; number <= tasksOfLane; number += 1) {
        const label = `${stream} ${number}`;
        const fails = label === 'third 1';
        await queue.enqueue({ stream, label, max_attempts: 2, ...work(number, fails) });
      }
    const { storage } = await queue.status();
    await queue.close();
    return storage;
  }

  /** Lets the tasks up to this number end, and resolves once the next ones have begun. */
  async function pass(number: number): Promise<void> {
    for (let each = 1; each <= number; each += 1) fs.writeFileSync(file(`go.${each}`), '');
    await until('the next tasks have begun', () =>
      lanes.every((lane) => fs.existsSync(file(`began.${lane}.${number + 1}`))),
    );
  }

  async function killBackground(storage: string): Promise<void> {
    const { pid } = backgroundOf(storage) ?? assert.fail('It is not there');
    process.kill(pid, 'SIGKILL');
    await until('it is known as gone', () => backgroundOf(storage) === null);
  }

  /** As if it had been made a year ago: a time of it has come while nobody was there. */
  async function addDueSchedule(storage: string): Promise<string> {
    const { now, monotonic } = machineClock;
    const clock = { ...machineClock, now: () => now() - yearMs, monotonic: () => monotonic() - yearMs };
    const queue = await openLocalQueue(storage, { workspace: stage().place.workspace, clock });
    const cron = { cron: '0 0 1 1 *', zone: 'UTC', missed: 'once' } as const;
    const made = await queue.createSchedule({ stream: 'timed', label: 'due', ...cron, ...work(1, false) });
    await queue.close();
    return made.id;
  }

  async function ownerIs(pid: number): Promise<void> {
    const queue = await stage().queue();
    await until('the background process owns the queue', async () => (await queue.status()).pid === pid);
    await queue.close();
  }

  it('goes on in the background once a person agrees, whoever is killed, and all is in the Review of the next window', async () => {
    const { workbench, place } = stage();
    await workbench.openContainer('SparkQ');
    const storage = await fill();
    assert.equal(backgroundOf(storage), null);
    const queueView = workbench.view('Queue');
    await queueView.inlineAction(/^lane/, 'Start Worker');
    await queueView.see(/lane 1.*running/);
    await workbench.screenshot('go-on');
    await workbench
      .notification(/Go on with what is queued/)
      .getByRole('button', { name: 'Go On', exact: true })
      .click();
    const { pid } = await until('the process is there', () => backgroundOf(storage) ?? undefined);

    const before = await stage().queue();
    for (const lane of lanes) await before.updateStream(lane, { working: true });
    const [failed] = (await before.listTasks({ stream: 'third', order: 'position', limit: 1 })).items;
    await until('a task waits for its second attempt', async () => {
      const { attempts, waiting_reason: reason } = await before.getTask(failed?.id ?? '');
      return attempts === 1 && reason?.code === 'not_before';
    });
    await before.close();
    await workbench.page.goto('about:blank');
    await until('the window is gone', async () => (await stage().server.extensionHosts()).length === 0);
    await ownerIs(pid);

    const line = new CommandLine(place.workspace, place.home);
    let schedule = '';
    for (const number of [2, 4, 6, 8]) {
      await pass(number);
      if (schedule !== '') await until('its task has run', () => fs.existsSync(file('ran.timed')));
      await killBackground(storage);
      schedule ||= await addDueSchedule(storage);
      const { code, stderr } = await line.run(['up', '--while-work']);
      assert.equal(code, 0, stderr);
    }
    const next = await stage().openWindow();
    await next.openContainer('SparkQ');
    await next.view('Queue').see(/lane 9.*running/);
    await ownerIs(backgroundOf(storage)?.pid ?? 0);
    await killBackground(storage);
    await until('the window has somebody go on after it', () => backgroundOf(storage) ?? undefined);
    for (const number of [9, 10]) fs.writeFileSync(file(`go.${number}`), '');

    const review = next.view('Review');
    for (const lane of lanes) await review.see(new RegExp(`^${lane} 10`));
    await next.view('Queue').see(/^Done.*1 finished · new: 1 succ/);
    await next.screenshot('walked-away');
    const after = await stage().queue();
    const { items } = await after.listTasks({ unreviewed: true, limit: 100 });
    assert.equal(items.length, 3 * tasksOfLane + 1);
    const attempts = new Map(items.map((task) => [task.label, [task.status, task.attempts].join()]));
    assert.equal(attempts.get('third 1'), 'succeeded,2');
    attempts.delete('third 1');
    assert.deepEqual([...new Set(attempts.values())], ['succeeded,1']);
    const ran = (stream: string) =>
      fs
        .readFileSync(file(`ran.${stream}`), 'utf8')
        .trim()
        .split('\n');
    const inOrder = Array.from({ length: tasksOfLane }, (_, at) => String(at + 1));
    assert.deepEqual([ran('lane'), ran('second'), ran('timed')], [inOrder, inOrder, ['1']]);
    // Others passed the one that waited for its second attempt.
    assert.equal(ran('third').length, tasksOfLane);
    assert.deepEqual(
      ran('third').filter((number) => number !== '1'),
      inOrder.slice(1),
    );
    await after.removeSchedule(schedule);
    await after.close();
    await until('nothing is left to do', () => backgroundOf(storage) === null);
  });
});
