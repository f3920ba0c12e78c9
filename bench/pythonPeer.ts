/** The first SparkQ's way, in the language it was written in: see python.py. */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { betterSqlite3Full } from './engines/peers';

export interface PythonFigure {
  claims_per_second: number;
  claimed: number;
  lost_races: number;
}

/** Claims of ten threads on one stream; undefined where there is no python3. */
export async function pythonClaims(folder: string, tasks: number): Promise<PythonFigure | undefined> {
  if (spawnSync('python3', ['-c', 'import sqlite3']).status !== 0) return undefined;
  fs.mkdirSync(folder, { recursive: true });
  const engine = await betterSqlite3Full.open(folder, 10_000);
  await engine.fill(tasks, 1);
  await engine.close();
  const database = path.join(folder, 'queue.db');
  const { stdout, status, stderr } = spawnSync(
    'python3',
    ['bench/engines/python.py', database, '10', String(tasks)],
    { encoding: 'utf8' },
  );
  fs.rmSync(folder, { recursive: true, force: true });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as PythonFigure;
}
