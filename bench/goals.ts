/** What SparkQ wants to reach, as ratios of figures of one run. */

import type { EngineKind } from './engine';
import { betterSqlite3Full, betterSqlite3Normal, sqlJsExport, sqlJsMemory } from './engines/peers';
import { sparkq } from './engines/sparkq';
import type { HttpLoad } from './httpLoad';
import type { Opening, SnapshotPause } from './measures';
import type { PythonFigure } from './pythonPeer';
import type { Figure } from './statistics';
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
  opening: Record<string, Opening>;
  snapshot: SnapshotPause;
  http: HttpLoad;
}

export interface Goal {
  name: string;
  /** Null when it could not be measured. */
  value: number | null;
  /** Such as `>= 5`. */
  goal: string;
  reached: boolean;
}

type Bound = { atLeast: number } | { atMost: number };

function goal(name: string, value: number | undefined, bound: Bound): Goal {
  const known = value !== undefined && Number.isFinite(value) ? value : undefined;
  const reached =
    known !== undefined && ('atLeast' in bound ? known >= bound.atLeast : known <= bound.atMost);
  const text = 'atLeast' in bound ? `>= ${bound.atLeast}` : `<= ${bound.atMost}`;
  return { name, value: known ?? null, goal: text, reached };
}

export function goalsOf(measured: Measured): Goal[] {
  const largest = Math.min(10_000, Math.max(...measured.tables.map((table) => table.history)));
  const table = measured.tables.find(({ history, callers }) => history === largest && callers === 100);
  const rate = (kind: EngineKind, phase: Phase) => table?.figures.get(kind)?.[phase]?.rate;
  const against = (peer: EngineKind, phase: Phase) => ratio(rate(sparkq, phase), rate(peer, phase));
  const opening = measured.opening[10_000];
  return [
    goal(
      'claims next of one stream, 100 callers, against better-sqlite3 WAL FULL',
      against(betterSqlite3Full, 'claim'),
      { atLeast: 5 },
    ),
    goal(
      'claims by id, 100 callers, against better-sqlite3 WAL FULL',
      against(betterSqlite3Full, 'claim by id'),
      { atLeast: 3 },
    ),
    goal(
      'claims over 100 streams, 100 callers, against better-sqlite3 WAL FULL',
      against(betterSqlite3Full, 'claim, 100 streams'),
      { atLeast: 3 },
    ),
    goal('enqueues, 100 callers, against better-sqlite3 WAL FULL', against(betterSqlite3Full, 'enqueue'), {
      atLeast: 10,
    }),
    goal(
      'claims, 100 callers, against better-sqlite3 WAL NORMAL (not durable)',
      against(betterSqlite3Normal, 'claim'),
      { atLeast: 1 },
    ),
    goal('claims, 100 callers, against sql.js in memory', against(sqlJsMemory, 'claim'), { atLeast: 0.85 }),
    goal(
      'claims, 100 callers, against sql.js with an export after each change',
      against(sqlJsExport, 'claim'),
      { atLeast: 150 },
    ),
    goal(
      'claims, 100 callers, against ten Python workers with a connection per operation',
      ratio(rate(sparkq, 'claim'), measured.python?.claims_per_second),
      { atLeast: 50 },
    ),
    goal(
      'p50 of a lone claim against one write and fdatasync',
      ratio(measured.lone?.claim?.p50, measured.sync.p50),
      { atMost: 1.3 },
    ),
    goal(
      `p50 of a claim with ${measured.longHistoryTasks} tasks of history against 1,000`,
      ratio(measured.longHistory?.claim?.p50, measured.shortHistory?.claim?.p50),
      { atMost: 1.5 },
    ),
    goal(
      'longest pause of the event loop while a snapshot of 100,000 tasks is made, ms',
      measured.snapshot.during,
      { atMost: 20 },
    ),
    goal('open after a crash, 10,000 tasks, ms', opening?.crashed, { atMost: 1000 }),
    goal(
      'open after a crash against after a clean close, 10,000 tasks',
      ratio(opening?.crashed, opening?.clean),
      { atMost: 2 },
    ),
  ];
}

function ratio(value: number | undefined, of: number | undefined): number | undefined {
  return value === undefined || of === undefined ? undefined : value / of;
}
