/** What is measured on a PostgreSQL server: a queue that hosts share. */

import type pg from 'pg';

export interface Place {
  /** `postgresql://…` */
  url: string;
  schema: string;
  lanes: number;
}

/** One process that uses the queue. */
export interface Host {
  /** Adds `count` tasks to a lane, in one call. */
  enqueue(lane: number, count: number): Promise<void>;
  /** Takes tasks and finishes them, `callers` at once, until none is left; calls `done` after each call. */
  work(callers: number, done: (began: number, tasks: number) => void): Promise<void>;
  close(): Promise<void>;
}

export interface EngineKind {
  name: string;
  /** Of its tables: kinds of the same family use them in different ways. */
  family: string;
  /** How it is used. */
  use: string;
  /** Tasks of each call that adds some. */
  batch: number;
  /** Keeps finished tasks beside the others. */
  keepsHistory: boolean;
  /** Why it cannot be measured here; undefined if it can. */
  problem(): string | undefined;
  /** Makes the tables, and so many finished tasks in them. */
  prepare(place: Place, client: pg.Client, history: number): Promise<void>;
  open(place: Place, callers: number): Promise<Host>;
}

/** About 280 bytes. */
export const payload = { script_path: 'scripts/build.sh', args: ['--fast'], note: 'x'.repeat(220) };

/** What both peers need. */
export function needsNode22(): string | undefined {
  return Number(process.versions.node.split('.')[0]) >= 22
    ? undefined
    : `needs Node 22, this is ${process.version}`;
}

export const laneName = (lane: number) => `lane_${lane}`;

/**
 * Has each of `callers` take what `take` finds in its lane, and then in the next one, until all lanes are empty.
 * @param take answers how many tasks it took and finished
 */
export async function takeAll(
  callers: number,
  lanes: number,
  take: (lane: number) => Promise<number>,
  done: (began: number, tasks: number) => void,
): Promise<void> {
  const caller = async (_: unknown, number: number) => {
    for (let empty = 0, lane = number; empty < lanes; ) {
      const began = performance.now();
      const tasks = await take(lane % lanes);
      if (tasks > 0) done(began, tasks);
      empty = tasks > 0 ? 0 : empty + 1;
      if (tasks === 0) lane += 1;
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
}
