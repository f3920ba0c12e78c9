import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { inRepository } from '../vscode/root';
import type { TemporaryPlace } from '../vscode/sampleWorkspace';
import { fillQueue } from './support/filledQueue';
import { type Stage, useStage } from './support/stage';
import { until } from './support/until';

/** What the probe notes of one window; times in milliseconds. */
interface Startup {
  /** What the window has open. */
  folder: string;
  /** Activating an extension that does nothing. */
  empty: number;
  sparkq: number;
  /** Processor time of either, which does not depend on what else the machine does. */
  emptyProcessor: number;
  sparkqProcessor: number;
  /** Files of SparkQ that were loaded when its activation returned. */
  atOnce: string[];
  /** From then on until the queue said how many tasks it has; null where there is none. */
  opened: number | null;
  tasks: number | null;
  /** Files of SparkQ that were loaded when the queue was open, or where there is none, had been looked for. */
  loaded: string[];
}

const windows = Number(process.env.SPARKQ_TEST_WINDOWS ?? 1);
const database = path.join('dist', 'sql-wasm.js');

describe('Activation of the installed package', () => {
  const stage = useStage({
    packaged: true,
    extensions: ['empty', 'startup-probe'].map((name) =>
      inRepository('test', 'fixtures', 'extensions', name),
    ),
    prepare: async (place) => {
      await fs.rm(path.join(place.workspace, 'sparkq.yml'));
    },
  });

  it('returns at once in a folder without a queue, and leaves nothing behind', async () => {
    const { place } = stage();
    const { loaded } = await startupOf(place, place.workspace, 0);
    assert.deepEqual(loaded.length, 2, `what is needed to start, but not what a queue needs: ${loaded}`);
    assert.equal(existsSync(place.home), false, 'no registry, no server that could be found');
    const kept = await fs.readdir(place.data, { recursive: true });
    assert.deepEqual(
      kept.filter((name) => /(workspace|global)Storage\/.*sparkq\.sparkq/.test(name)),
      [],
    );
    assert.deepEqual(
      (await fs.readdir(place.workspace)).filter((name) => name.includes('sparkq')),
      [],
    );
  });

  for (const tasks of [0, 10_000]) {
    it(`finishes before a queue of ${tasks} tasks is opened`, async () => {
      const folder = await makeQueue(stage().place, tasks);
      const startups: Startup[] = [];
      for (let n = 0; n < windows; n++) startups.push(await openAndClose(stage(), folder));
      for (const { tasks: counted, atOnce } of startups) {
        assert.equal(counted, tasks);
        assert.ok(!atOnce.includes(database), `loaded before activation returned: ${atOnce}`);
      }
      // A later window may be a client of the one before, which is still ending; the first opens the files itself.
      assert.ok(startups[0]?.loaded.includes(database), JSON.stringify(startups[0]));
      console.log(`      ${tasks} tasks: ${figures(startups)}`);
    });
  }
});

/** A workspace whose queue holds so many tasks. */
async function makeQueue({ root, home }: TemporaryPlace, tasks: number): Promise<string> {
  const folder = path.join(root, `with-${tasks}`);
  const storage = path.join(root, `queue-of-${tasks}`);
  await fs.mkdir(folder);
  await fs.writeFile(path.join(folder, 'sparkq.yml'), '');
  await fillQueue({ workspace: folder, storage, home, tasks });
  return folder;
}

async function openAndClose(stage: Stage, folder: string): Promise<Startup> {
  const before = startups(stage.place, folder).length;
  const window = await stage.openWindow(folder);
  const startup = await startupOf(stage.place, folder, before);
  await window.close();
  return startup;
}

/** What the window noted that was opened on this folder after so many others. */
function startupOf(place: TemporaryPlace, folder: string, earlier: number): Promise<Startup> {
  return until('the probe has noted how the window started', () => startups(place, folder)[earlier]);
}

function startups(place: TemporaryPlace, folder: string): Startup[] {
  const file = path.join(path.dirname(place.home), 'startup.jsonl');
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Startup).filter((startup) => startup.folder === folder);
}

function figures(startups: readonly Startup[]): string {
  const median = (of: (startup: Startup) => number) => {
    const sorted = startups.map(of).sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  };
  const ms = (value: number) => `${value.toFixed(0)} ms`;
  const ratio = median(({ sparkq, empty }) => sparkq / empty).toFixed(1);
  return [
    `activated in ${ms(median(({ sparkq }) => sparkq))}, ${ratio} times an empty extension`,
    `own code ${ms(median(({ sparkq, empty }) => sparkq - empty))}`,
    `${ms(median((startup) => startup.sparkqProcessor - startup.emptyProcessor))} of processor time`,
    `queue open ${ms(median(({ opened }) => opened ?? Number.NaN))} later (medians of ${startups.length} windows)`,
  ].join('; ');
}
