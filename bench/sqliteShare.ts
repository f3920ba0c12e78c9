/** Which part of an operation SQLite takes: what no other arrangement of the work around it can save. */

import fs from 'node:fs';
import { Sqlite } from '../src/store/engine/sqlite';
import { sparkq } from './engines/sparkq';
import { measure, median } from './statistics';
import { type Meter, measurePhases, type Phase, phases, type Settings } from './workload';

/** Microseconds of a call that are spent in SQLite, by phase. */
export type SqliteShares = Partial<Record<Phase, number>>;

/** Microseconds spent in SQLite so far. */
let spent = 0;

/** Has every statement timed from now on, which costs too much to be on while the calls themselves are measured. */
function timeStatements(): () => void {
  const { run, get, values } = Sqlite.prototype;
  const timed = <A extends unknown[], R>(method: (this: Sqlite, ...args: A) => R) =>
    function (this: Sqlite, ...args: A): R {
      const start = performance.now();
      try {
        return method.apply(this, args);
      } finally {
        spent += (performance.now() - start) * 1000;
      }
    };
  Object.assign(Sqlite.prototype, { run: timed(run), get: timed(get), values: timed(values) });
  return () => Object.assign(Sqlite.prototype, { run, get, values });
}

export async function measureSqliteShares(
  folder: string,
  history: number,
  callers: number,
  settings: Settings,
): Promise<SqliteShares> {
  const shares: number[][] = phases.map(() => []);
  const restore = timeStatements();
  try {
    for (let round = 0; round < settings.rounds; round++) {
      let phase = 0;
      const meter: Meter = async (...args) => {
        spent = 0;
        const figure = await measure(...args);
        shares[phase++]?.push(spent / figure.operations);
        return figure;
      };
      const engine = await sparkq.open(folder, history);
      await measurePhases(engine, sparkq, callers, settings, meter).finally(() => engine.close());
      fs.rmSync(folder, { recursive: true, force: true });
    }
  } finally {
    restore();
  }
  return Object.fromEntries(phases.map((phase, index) => [phase, median(shares[index] ?? [])]));
}
