/**
 * Measures SparkQ beside its peers, in one run, on one disk.
 *   npm run bench                     the usual form, some minutes
 *   npm run bench -- --quick          one short round of each, to see that it works
 *   npm run bench -- --full           with 100,000 and 1,000,000 tasks of history for every engine, and the editor
 *   npm run bench -- --json FILE      the figures as JSON as well
 *   npm run bench -- --readme         puts the table of goals into the README
 *   npm run bench -- --docs           puts all that is printed into docs/benchmarks.md
 *   npm run bench -- --editor         only how long the Queue view of a VS Code takes to show 10,000 tasks
 *   npm run bench -- --search         only how long tasks are looked for, in the queue and in a year of history
 *   npm run bench -- --postgres       only queues on a PostgreSQL server, which this machine must have; with --docs, puts
 *                                     what is printed into docs/benchmarks-postgres.md, from where a test has
 *                                     the README's figures
 *   npm run bench -- --soak MINUTES   only a constant load over HTTP; with --keys, each change has a key
 *   npm run bench -- --compare DIR    this checkout and the one built in DIR in turn, five pairs; nothing of peers.
 *                                     With --pairs N that many; with --quick on fewer tasks
 */

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { measureMany, measureTransaction } from './batches';
import { measureCli } from './cliTimes';
import { compareCheckouts } from './comparison';
import type { EditorStart } from './editorStart';
import {
  betterSqlite3Full,
  betterSqlite3Normal,
  nodeSqliteFull,
  nodeSqliteWasmFull,
  sqlJsExport,
  sqlJsMemory,
} from './engines/peers';
import { plainjob } from './engines/plainjob';
import { sparkq } from './engines/sparkq';
import { editorGoals, type Goal, goalsOf, type Measured } from './goals';
import { measureHistorySearch, searchTable } from './historySearch';
import { measureHttp } from './httpLoad';
import { syncsPerSecond } from './limits';
import { measureOpening, measureSnapshotPause } from './measures';
import { measureMemoryPeak } from './memoryPeak';
import { measurePostgres } from './postgres/measure';
import { pythonClaims } from './pythonPeer';
import {
  alone,
  editorLine,
  goalTable,
  machineLines,
  machineText,
  readmeText,
  throughputTable,
} from './report';
import { soak, soakGoals } from './soak';
import { measureSqliteShares } from './sqliteShare';
import { compare, type Settings } from './workload';

const everyone = [
  sparkq,
  betterSqlite3Full,
  nodeSqliteFull,
  nodeSqliteWasmFull,
  betterSqlite3Normal,
  plainjob,
  sqlJsMemory,
  sqlJsExport,
];

const { values: options } = parseArgs({
  options: {
    json: { type: 'string' },
    readme: { type: 'boolean', default: false },
    docs: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
    editor: { type: 'boolean', default: false },
    search: { type: 'boolean', default: false },
    postgres: { type: 'boolean', default: false },
    soak: { type: 'string' },
    keys: { type: 'boolean', default: false },
    compare: { type: 'string' },
    pairs: { type: 'string', default: '5' },
  },
});

const settings: Settings = options.quick
  ? { rounds: 1, phase: 300, most: 2000 }
  : { rounds: 5, phase: 300, most: 6000 };
/** Tasks of history and callers of each table. The goals are about those with 10,000 tasks. */
const tableKinds: readonly (readonly [number, number])[] = options.quick
  ? [
      [0, 1],
      [0, 100],
    ]
  : options.full
    ? [0, 10_000, 100_000, 1_000_000].flatMap((history) =>
        [1, 10, 100].map((callers) => [history, callers] as const),
      )
    : [
        [0, 100],
        [10_000, 1],
        [10_000, 100],
      ];
const longHistory = options.quick ? 20_000 : 1_000_000;
/** An even number: each side is the first one in half of them. */
const editorWindows = options.quick ? 2 : 6;

/** An engine, or whatever else may not be there on a machine. */
interface Named {
  name: string;
}

const printed: string[] = [];

function print(text: string): void {
  console.log(text);
  printed.push(text);
}

async function main(): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sparkq-bench-'));
  try {
    if (options.compare !== undefined) {
      const size = { pairs: Number(options.pairs), tasks: options.quick ? 1000 : 4000 };
      await compareCheckouts(options.compare, folder, size);
    } else if (options.editor) {
      const start = await measureEditor();
      console.log([...machineLines(), editorLine(start), '', goalTable(editorGoals(start))].join('\n'));
    } else if (options.search) {
      console.log(searchTable(await measureHistorySearch(path.join(folder, 'search'))));
    } else if (options.postgres) {
      const size = options.quick
        ? { rounds: 1, history: 20_000, tasks: 300 }
        : { rounds: 3, history: 1_000_000, tasks: 600 };
      const tables = await measurePostgres(size, print);
      if (options.docs) writeDocs('docs/benchmarks-postgres.md', 'Benchmarks on a PostgreSQL server');
      if (options.json) fs.writeFileSync(options.json, `${JSON.stringify(tables, null, 2)}\n`);
    } else if (options.soak !== undefined) {
      const settings = { minutes: Number(options.soak), keys: options.keys };
      console.log(goalTable(soakGoals(await soak(path.join(folder, 'soak'), settings), settings)));
    } else await measureEverybody(folder);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

async function measureEverybody(folder: string): Promise<void> {
  const missing = new Map<string, string>();
  const onError = ({ name }: Named, error: unknown) => {
    missing.set(name, error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error));
  };
  print(machineText(settings, everyone));
  const measured = await measureAll(folder, onError);
  const goals = goalsOf(measured);
  print(alone(measured));
  print(goalTable(goals));
  for (const [name, reason] of missing) print(`Not measured: ${name}: ${reason}\n`);
  if (options.docs) writeDocs();
  if (options.readme) writeReadme(goals);
  if (options.json) writeJson(options.json, measured, goals, missing);
}

async function measureAll(folder: string, onError: (what: Named, error: unknown) => void): Promise<Measured> {
  const tables: Measured['tables'] = [];
  for (const [history, callers] of tableKinds) {
    const kinds = everyone.filter(
      (kind) => history <= (kind.longestHistory ?? history) && (history === 0 || kind.hasHistory !== false),
    );
    const figures = await compare(kinds, path.join(folder, 'compare'), history, callers, settings, onError);
    const table = { history, callers, figures };
    print(throughputTable(table));
    tables.push(table);
  }
  const few: Settings = { ...settings, rounds: options.quick ? 1 : 3 };
  const latency = (history: number, rounds = few.rounds) =>
    compare([sparkq], path.join(folder, 'latency'), history, 1, { ...few, rounds }, onError);
  const shares = (callers: number) =>
    measureSqliteShares(path.join(folder, 'shares'), options.quick ? 0 : 10_000, callers, few);
  const opening = (tasks: number, changes: number) =>
    measureOpening(path.join(folder, 'open'), tasks, changes, few.rounds);
  const editor = () =>
    measureEditor().catch((error: unknown) => {
      onError({ name: 'the editor' }, error);
      return undefined;
    });
  return {
    tables,
    sync: await syncsPerSecond(folder, settings.phase),
    lone: (await latency(0)).get(sparkq),
    shortHistory: (await latency(1000)).get(sparkq),
    // To make it takes long; its calls are as many as those of several short ones.
    longHistory: (await latency(longHistory, 1)).get(sparkq),
    longHistoryTasks: longHistory,
    python: await pythonClaims(path.join(folder, 'python'), options.quick ? 200 : 2000),
    transaction: await measureTransaction(path.join(folder, 'transaction'), settings).catch(() => undefined),
    many: await measureMany(path.join(folder, 'many'), settings).catch(() => undefined),
    shares: { many: await shares(100), one: await shares(1) },
    opening: {
      10000: await opening(10_000, 1000),
      100000: await opening(100_000, options.quick ? 1000 : 20_000),
    },
    snapshot: await measureSnapshotPause(path.join(folder, 'snapshot'), options.quick ? 10_000 : 100_000),
    memory: await measureMemoryPeak(path.join(folder, 'memory'), options.quick ? 10_000 : 100_000),
    http: await measureHttp(path.join(folder, 'http'), options.quick ? 3 : options.full ? 60 : 20),
    cli: await measureCli(path.join(folder, 'cli'), 1000, options.quick ? 3 : 10),
    editor: options.full ? await editor() : undefined,
  };
}

async function measureEditor(): Promise<EditorStart> {
  // Loaded only where it is wanted: what drives a browser is large, and nothing else is measured beside it.
  const { measureEditorStart } = await import('./editorStart');
  return measureEditorStart(10_000, editorWindows);
}

function writeDocs(file = 'docs/benchmarks.md', title = 'Benchmarks'): void {
  const words = process.argv.slice(2).join(' ');
  const day = new Date().toISOString().slice(0, 10);
  const text = `# ${title}\n\nPrinted by \`npm run bench -- ${words}\` on ${day}.\n\n${printed.join('\n')}`;
  fs.writeFileSync(file, `${text.trimEnd()}\n`);
}

function writeReadme(goals: Goal[]): void {
  const text = fs.readFileSync('README.md', 'utf8');
  const block = /(<!-- bench -->)[\s\S]*?(<!-- \/bench -->)/;
  if (!block.test(text)) throw new Error('README.md has no place for the figures');
  fs.writeFileSync(
    'README.md',
    text.replace(block, (_, begin: string, end: string) => `${begin}\n\n${readmeText(goals)}\n${end}`),
  );
}

function writeJson(file: string, measured: Measured, goals: Goal[], missing: Map<string, string>): void {
  const tables = measured.tables.map(({ history, callers, figures }) => ({
    history,
    callers,
    engines: [...figures].map(([kind, phases]) => ({ name: kind.name, promise: kind.promise, phases })),
  }));
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  const report = {
    at: new Date().toISOString(),
    commit,
    node: process.version,
    cpu: os.cpus()[0]?.model,
    cores: os.cpus().length,
    settings,
    ...measured,
    tables,
    missing: Object.fromEntries(missing),
    goals,
  };
  fs.writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
