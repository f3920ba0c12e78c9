/** What SparkQ wants to reach, as ratios of figures of one run. */

import type { ManyAtOnce } from './batches';
import type { CliTimes } from './cliTimes';
import type { EditorStart } from './editorStart';
import type { EngineKind } from './engine';
import { betterSqlite3Full, betterSqlite3Normal, sqlJsExport, sqlJsMemory } from './engines/peers';
import { sparkq } from './engines/sparkq';
import type { HttpLoad } from './httpLoad';
import type { Opening, SnapshotPause } from './measures';
import type { MemoryPeak } from './memoryPeak';
import type { PythonFigure } from './pythonPeer';
import type { SqliteShares } from './sqliteShare';
import { type Figure, median } from './statistics';
import type { EngineFigures, Phase } from './workload';

export interface Table {
  history: number;
  callers: number;
  figures: Map<EngineKind, EngineFigures>;
}

export interface Measured {
  tables: Table[];
  sync: Figure;
  lone: EngineFigures | undefined;
  shortHistory: EngineFigures | undefined;
  longHistory: EngineFigures | undefined;
  longHistoryTasks: number;
  python: PythonFigure | undefined;
  /** Claims per second of better-sqlite3 with 100 in a transaction. */
  transaction: number | undefined;
  many: ManyAtOnce | undefined;
  /** Of SparkQ's calls, with 100 callers and with one. */
  shares: { many: SqliteShares; one: SqliteShares };
  opening: Record<string, Opening>;
  snapshot: SnapshotPause;
  memory: MemoryPeak;
  http: HttpLoad;
  cli: CliTimes;
  /** Undefined without --full, and where no VS Code can be had. */
  editor: EditorStart | undefined;
}

export interface Goal {
  name: string;
  /** Null when it could not be measured. */
  value: number | null;
  /** Such as `>= 5`. */
  goal: string;
  reached: boolean;
  /** What would be left if everything of our own took no time, and what that is made of; of some goals. */
  limit: Limit | null;
}

export interface Limit {
  value: number;
  why: string;
}

/** @param value undefined if it could not be measured */
export function atLeast(name: string, value: number | undefined, bound: number, limit?: Limit): Goal {
  return judged(name, value, `>= ${bound}`, (known) => known >= bound, limit);
}

/** @param value undefined if it could not be measured */
export function atMost(name: string, value: number | undefined, bound: number, limit?: Limit): Goal {
  return judged(name, value, `<= ${bound}`, (known) => known <= bound, limit);
}

function judged(
  name: string,
  value: number | undefined,
  goal: string,
  reaches: (value: number) => boolean,
  limit: Limit | undefined,
): Goal {
  const known = value !== undefined && Number.isFinite(value) ? value : null;
  return { name, value: known, goal, reached: known !== null && reaches(known), limit: limit ?? null };
}

/** The tasks of history in the table that the goals are about. */
const goalHistory = 10_000;

export function goalsOf(measured: Measured): Goal[] {
  return [
    ...manyCallers(measured),
    ...oneCaller(measured),
    ...overProcesses(measured),
    ...openings(measured),
    ...memory(measured),
    ...(measured.editor ? editorGoals(measured.editor) : []),
  ];
}

function rateIn(
  { tables }: Measured,
  callers: number,
): (kind: EngineKind, phase: Phase) => number | undefined {
  const history = Math.min(goalHistory, Math.max(...tables.map((table) => table.history)));
  const table = tables.find((one) => one.history === history && one.callers === callers);
  return (kind, phase) => table?.figures.get(kind)?.[phase]?.rate;
}

function manyCallers(measured: Measured): Goal[] {
  const rate = rateIn(measured, 100);
  const against = (peer: EngineKind, phase: Phase) => ratio(rate(sparkq, phase), rate(peer, phase));
  const durable = (name: string, phase: Phase, bound: number) => {
    const ours = rate(sparkq, phase);
    const theirs = rate(betterSqlite3Full, phase);
    const sqlite = measured.shares.many[phase];
    const limit =
      ours === undefined || theirs === undefined || sqlite === undefined
        ? undefined
        : {
            value: 1e6 / sqlite / theirs,
            why: `SQLite in WebAssembly alone takes ${us(sqlite)} of ${us(1e6 / ours)}`,
          };
    return atLeast(
      `${name}, 100 callers, against better-sqlite3 WAL FULL`,
      against(betterSqlite3Full, phase),
      bound,
      limit,
    );
  };
  return [
    durable('claims next of one stream', 'claim', 8),
    durable('claims by id', 'claim by id', 5),
    durable('claims over 100 streams', 'claim, 100 streams', 7),
    durable('completions', 'complete', 4),
    durable('enqueues', 'enqueue', 7),
    atLeast(
      'claims, 100 callers, against better-sqlite3 WAL NORMAL (not durable)',
      against(betterSqlite3Normal, 'claim'),
      1,
    ),
    atLeast('claims, 100 callers, against sql.js in memory', against(sqlJsMemory, 'claim'), 0.85),
    atLeast(
      'claims, 100 callers, against sql.js with an export after each change',
      against(sqlJsExport, 'claim'),
      150,
    ),
    atLeast(
      'claims, 100 callers, against ten Python workers with a connection per operation',
      ratio(rate(sparkq, 'claim'), measured.python?.claims_per_second),
      50,
    ),
  ];
}

function oneCaller(measured: Measured): Goal[] {
  const { lone, sync, many, shares, longHistory, shortHistory, longHistoryTasks } = measured;
  const rate = rateIn(measured, 1);
  const peer = rate(betterSqlite3Full, 'enqueue');
  const claim = lone?.claim?.p50;
  const ofClaim = (shares.one.claim ?? NaN) / 1000;
  const ofEnqueue = (shares.one.enqueue ?? NaN) / 1000;
  const ofSqlite = `SQLite in WebAssembly alone takes ${ms(ofClaim)}`;
  return [
    atLeast(
      'enqueueMany, one caller, 100 tasks a call, against the same rows in a transaction of better-sqlite3 WAL FULL',
      ratio(many?.sparkq, many?.peer),
      0.3,
    ),
    atLeast(
      'enqueues, one caller, against better-sqlite3 WAL FULL',
      ratio(rate(sparkq, 'enqueue'), peer),
      0.9,
      {
        value: 1000 / (sync.p50 + ofEnqueue) / (peer ?? NaN),
        why: `write and fdatasync take ${ms(sync.p50)}, SQLite in WebAssembly ${ms(ofEnqueue)}`,
      },
    ),
    atMost('p50 of a lone claim against one write and fdatasync', ratio(claim, sync.p50), 1.3, {
      value: (sync.p50 + ofClaim) / sync.p50,
      why: ofSqlite,
    }),
    atMost('p50 of a lone claim beyond one write and fdatasync, ms', difference(claim, sync.p50), 0.08, {
      value: ofClaim,
      why: ofSqlite,
    }),
    atMost(
      `p50 of a claim with ${longHistoryTasks} tasks of history against 1,000`,
      ratio(longHistory?.claim?.p50, shortHistory?.claim?.p50),
      1.5,
    ),
  ];
}

function overProcesses(measured: Measured): Goal[] {
  const { http, cli } = measured;
  const rate = rateIn(measured, 100);
  // Half of the requests claim, the others complete. Seconds.
  const queue = (1 / (rate(sparkq, 'claim') ?? NaN) + 1 / (rate(sparkq, 'complete') ?? NaN)) / 2;
  return [
    atLeast(
      'HTTP requests, 100 clients, against a bare node:http server that echoes',
      ratio(http.requests, http.echo),
      0.6,
      {
        value: 1 / (1 + queue * http.echo),
        why: `the bare server takes ${us(1e6 / http.echo)} a request, the queue ${us(queue * 1e6)}`,
      },
    ),
    atMost('`sparkq enqueue` with a server running against `node -e 0`', ratio(cli.served, cli.node), 1.5, {
      value: cli.request / cli.node,
      why: `a Node that only asks over HTTP takes ${ms(cli.request)}, one that does nothing ${ms(cli.node)}`,
    }),
    atMost('`sparkq enqueue` with none running against `node -e 0`', ratio(cli.alone, cli.node), 3, {
      value: cli.sqlite / cli.node,
      why: `a Node that only loads sql.js takes ${ms(cli.sqlite)}, one that does nothing ${ms(cli.node)}`,
    }),
  ];
}

function openings({ opening, snapshot }: Measured): Goal[] {
  const small = opening[10_000];
  const large = opening[100_000];
  return [
    atMost(
      'longest pause of the event loop while a snapshot of 100,000 tasks is made, ms',
      snapshot.during,
      20,
    ),
    atMost('open after a kill, 10,000 tasks, ms', small?.crashed, 1000),
    atMost(
      'open after a kill against after a clean close, 10,000 tasks',
      ratio(small?.crashed, small?.clean),
      2,
    ),
    atMost(
      `open after a kill, database of ${megabytes(large?.database)} and journals of ${megabytes(large?.journals)}, ms`,
      large?.crashed,
      2000,
    ),
  ];
}

function memory({ memory: { bare, database, rest, snapshot, shrinking } }: Measured): Goal[] {
  return [
    atMost(
      'peak memory while a snapshot of 100,000 finished tasks is built and they are purged, against the database',
      Math.max(snapshot, shrinking) / database,
      3,
      {
        value: rest / database,
        why: `at rest it takes ${megabytes(rest)}, of which Node alone ${megabytes(bare)}`,
      },
    ),
  ];
}

export function editorGoals({ tasks, sparkq, empty, database }: EditorStart): Goal[] {
  const alone = median(database);
  return [
    atMost(
      `rows of ${tasks.toLocaleString('en')} tasks in the editor, from activation, beyond an empty extension, ms`,
      median(sparkq) - median(empty),
      250,
      { value: alone, why: `a Node that only loads sql.js and opens the database takes ${ms(alone)}` },
    ),
  ];
}

const us = (microseconds: number) => `${microseconds.toFixed(0)} us`;
const ms = (milliseconds: number) => `${milliseconds.toFixed(milliseconds < 10 ? 2 : 0)} ms`;
const megabytes = (bytes = NaN) => `${(bytes / 2 ** 20).toFixed(0)} MB`;

function ratio(value: number | undefined, of: number | undefined): number | undefined {
  return value === undefined || of === undefined ? undefined : value / of;
}

function difference(value: number | undefined, from: number): number | undefined {
  return value === undefined ? undefined : value - from;
}
