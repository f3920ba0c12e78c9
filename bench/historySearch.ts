/** Finding tasks among many, and in a year of history, as the editor does while a person types. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { toInstant } from '../src/core/clock';
import type { Queue } from '../src/core/queue';
import { parseTaskQuery } from '../src/editor/shared/taskQuery';
import { TaskSearch } from '../src/editor/workspace/taskSearch';
import { lineOf } from '../src/store/archive/archivedTask';
import { archivedTask } from '../test/unit/store/archiveLines';
import { openQueue, sparkq } from './engines/sparkq';
import { percentile } from './statistics';

const tasks = 100_000;
const days = 365;
const perDay = 300;
const day = 24 * 3_600_000;
/** The queue has the ids below: what is in the queue is left out of its history. */
const firstOfHistory = 1_000_000;
/** Searches of each text; the slowest counts as well. */
const rounds = 5;
/** The rows of the picker. */
const firstResults = 50;

/** What is typed, and how many tasks it must find. */
const typed: readonly [what: string, text: string, results: number][] = [
  ['most tasks', 'build', firstResults],
  ['one of last month', 'needle', 1],
  ['one of ten months ago', 'haystack', 1],
  ['nothing', 'no such text', 0],
  ['failures of the last week', 'state:failed since:7d', firstResults],
  ['a script', 'script:scripts/build.sh needle', 1],
];

export interface SearchTimes {
  what: string;
  text: string;
  found: number;
  /** Milliseconds until the first results. */
  median: number;
  longest: number;
  /** Milliseconds that the event loop was late meanwhile. */
  late: number;
}

export async function measureHistorySearch(folder: string): Promise<SearchTimes[]> {
  await (await sparkq.open(folder, tasks)).close();
  writeYear(path.join(folder, 'archive'), Date.now());
  const queue = await openQueue(folder);
  try {
    const times: SearchTimes[] = [];
    for (const [what, text, results] of typed) {
      const measured = await measure(queue, text);
      assert.equal(measured.found, results, `${text} finds ${measured.found} tasks`);
      times.push({ what, text, ...measured });
    }
    return times;
  } finally {
    await queue.close();
  }
}

/** A file of lines for each month, as purges write them. */
function writeYear(folder: string, now: number): void {
  fs.mkdirSync(folder, { recursive: true });
  const months = new Map<string, string[]>();
  for (let number = 0; number < days * perDay; number++) {
    const at = toInstant(now - Math.floor(((days * perDay - number) * day) / perDay));
    const task = archivedTask(firstOfHistory + number, {
      finished_at: at,
      created_at: at,
      started_at: at,
      label: number === 50 * perDay ? 'haystack' : `build ${number}`,
      payload: JSON.stringify({
        script_path: 'scripts/build.sh',
        args: ['--target', `module-${number % 97}`],
      }),
      status: number % 10 === 0 ? 'failed' : 'succeeded',
      result: 'x'.repeat(400),
      result_summary: number === (days - 30) * perDay ? 'needle' : `${number % 50} tests pass`,
    });
    const month = at.slice(0, 7);
    const lines = months.get(month);
    if (lines) lines.push(lineOf(task));
    else months.set(month, [lineOf(task)]);
  }
  for (const [month, lines] of months)
    fs.writeFileSync(path.join(folder, `${month}.1.jsonl`), lines.join(''));
}

async function measure(queue: Queue, text: string): Promise<Omit<SearchTimes, 'what' | 'text'>> {
  const took: number[] = [];
  let found = 0;
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    found = (await new TaskSearch(queue, parseTaskQuery(text, Date.now()).query).next(firstResults)).length;
    took.push(performance.now() - start);
  }
  delay.disable();
  return { found, median: percentile(took, 0.5), longest: Math.max(...took), late: delay.max / 1e6 };
}

export function searchTable(times: readonly SearchTimes[]): string {
  const rows = times.map(({ what, text, found, median, longest, late }) =>
    [what, `\`${text}\``, found, ...[median, longest, late].map((ms) => Math.round(ms))].join(' | '),
  );
  return [
    `Finding tasks among ${tasks.toLocaleString('en')} in the queue and ${(days * perDay).toLocaleString('en')} of a year of history:`,
    '',
    '| finds | typed | results | median ms | longest ms | event loop late ms |',
    '| --- | --- | --: | --: | --: | --: |',
    ...rows.map((row) => `| ${row} |`),
  ].join('\n');
}
