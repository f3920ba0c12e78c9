/**
 * Measures SparkQ beside its peers, in one run, on one disk.
 *   npm run bench                     the usual form, some minutes
 *   npm run bench -- --quick          one short round of each, to see that it works
 *   npm run bench -- --full           with 100,000 and 1,000,000 tasks of history for every engine
 *   npm run bench -- --json FILE      the figures as JSON as well
 *   npm run bench -- --readme         puts the table of goals into the README
 *   npm run bench -- --compare DIR    this checkout and the one built in DIR in turn, five pairs; nothing of peers.
 *                                     With --pairs N that many; with --quick on fewer tasks
 */

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { measureTransaction } from './batches';
import { compareCheckouts } from './comparison';
import type { EngineKind } from './engine';
import {
  betterSqlite3Full,
  betterSqlite3Normal,
  nodeSqliteFull,
  nodeSqliteWasmFull,
  sqlJsExport,
  sqlJsMemory,
} from './engines/peers';
import { liteque, plainjob } from './engines/queuePeers';
import { sparkq } from './engines/sparkq';
import { type Goal, goalsOf, type Measured } from './goals';
import { measureHttp } from './httpLoad';
import { syncsPerSecond } from './limits';
import { measureOpening, measureSnapshotPause } from './measures';
import { pythonClaims } from './pythonPeer';
import { alone, goalTable, machineText, readmeText, throughputTable } from './report';
import { compare, type Settings } from './workload';

const everyone = [
  sparkq,
  betterSqlite3Full,
  nodeSqliteFull,
  nodeSqliteWasmFull,
  betterSqlite3Normal,
  plainjob,
  liteque,
  sqlJsMemory,
  sqlJsExport,
];

const { values: options } = parseArgs({
  options: {
    json: { type: 'string' },
    readme: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
    compare: { type: 'string' },
    pairs: { type: 'string', default: '5' },
  },
});

const settings: Settings = options.quick
  ? { rounds: 1, phase: 400, most: 2000 }
  : { rounds: 3, phase: 500, most: 6000 };
const callerCounts = [1, 10, 100];
const histories = options.quick ? [0] : options.full ? [0, 10_000, 100_000, 1_000_000] : [0, 10_000];

async function main(): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sparkq-bench-'));
  if (options.compare !== undefined) {
    const size = { pairs: Number(options.pairs), tasks: options.quick ? 1000 : 4000 };
    await compareCheckouts(options.compare, folder, size).finally(() =>
      fs.rmSync(folder, { recursive: true, force: true }),
    );
    return;
  }
  const missing = new Map<string, string>();
  const onError = (kind: EngineKind, error: unknown) => {
    missing.set(kind.name, error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error));
  };
  console.log(machineText(settings, everyone));
  try {
    const measured = await measureAll(folder, onError);
    const goals = goalsOf(measured);
    console.log(alone(measured));
    console.log(goalTable(goals));
    for (const [name, reason] of missing) console.log(`Not measured: ${name}: ${reason}`);
    if (options.readme) writeReadme(goals);
    if (options.json) writeJson(options.json, measured, goals, missing);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

async function measureAll(
  folder: string,
  onError: (kind: EngineKind, error: unknown) => void,
): Promise<Measured> {
  const tables: Measured['tables'] = [];
  for (const history of histories) {
    for (const callers of callerCounts) {
      const kinds = everyone.filter(
        (kind) => history <= (kind.longestHistory ?? history) && (history === 0 || kind.hasHistory !== false),
      );
      const figures = await compare(kinds, path.join(folder, 'compare'), history, callers, settings, onError);
      const table = { history, callers, figures };
      console.log(throughputTable(table));
      tables.push(table);
    }
  }
  const rounds = options.quick ? 1 : 3;
  const latency = (history: number) =>
    compare([sparkq], path.join(folder, 'latency'), history, 1, settings, onError);
  return {
    tables,
    sync: await syncsPerSecond(folder, settings.phase),
    lone: (await latency(0)).get(sparkq),
    shortHistory: (await latency(1000)).get(sparkq),
    longHistory: (await latency(options.quick ? 20_000 : 1_000_000)).get(sparkq),
    longHistoryTasks: options.quick ? 20_000 : 1_000_000,
    python: await pythonClaims(path.join(folder, 'python'), options.quick ? 200 : 2000),
    transaction: await measureTransaction(path.join(folder, 'transaction'), settings).catch(() => undefined),
    opening: {
      10000: await measureOpening(path.join(folder, 'open'), 10_000, rounds),
      100000: await measureOpening(path.join(folder, 'open'), 100_000, rounds),
    },
    snapshot: await measureSnapshotPause(path.join(folder, 'snapshot'), options.quick ? 10_000 : 100_000),
    http: await measureHttp(path.join(folder, 'http'), options.quick ? 3 : 60),
  };
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
