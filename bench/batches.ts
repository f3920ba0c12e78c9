/** What a caller gets that has 100 changes at hand: one transaction of the strongest peer, one call of SparkQ. */

import fs from 'node:fs';
import path from 'node:path';
import { payload } from './engine';
import { betterSqlite3Full } from './engines/peers';
import { openQueue, sparkq } from './engines/sparkq';
import { SqlEngine } from './engines/sqlEngine';
import { median } from './statistics';
import type { Settings } from './workload';

/** Claims per second, 100 in a transaction of better-sqlite3. */
export async function measureTransaction(folder: string, settings: Settings): Promise<number> {
  fs.mkdirSync(folder, { recursive: true });
  const engine = await betterSqlite3Full.open(folder, 0);
  if (!(engine instanceof SqlEngine)) throw new Error('the peer is not one that speaks SQL');
  await engine.fill(settings.most * 4, 1);
  const start = performance.now();
  let claimed = 0;
  while (performance.now() - start < settings.phase) {
    const some = engine.claimMany(0, 100);
    claimed += some;
    if (some === 0) break;
  }
  const elapsed = performance.now() - start;
  await engine.close();
  fs.rmSync(folder, { recursive: true, force: true });
  return (claimed / elapsed) * 1000;
}

export interface ManyAtOnce {
  /** Tasks per second, medians. */
  sparkq: number;
  peer: number;
}

const batch = 100;

/** Tasks enqueued 100 at a time by one caller, and the same rows in one transaction of better-sqlite3, in turn. */
export async function measureMany(folder: string, settings: Settings): Promise<ManyAtOnce> {
  const rates = { sparkq: [] as number[], peer: [] as number[] };
  const tasks = Array.from({ length: batch }, () => ({ tool_name: 'run-bash', payload, label: 'build.sh' }));
  for (let round = 0; round < settings.rounds; round++) {
    const place = path.join(folder, `${round}`);
    await (await sparkq.open(path.join(place, 'sparkq'), 0)).close();
    const queue = await openQueue(path.join(place, 'sparkq'));
    fs.mkdirSync(path.join(place, 'peer'), { recursive: true });
    const peer = await betterSqlite3Full.open(path.join(place, 'peer'), 0);
    const sides = [
      async () =>
        rates.sparkq.push(
          await tasksPerSecond(settings, () => queue.enqueueMany({ stream: 'stream 0', tasks })),
        ),
      async () => rates.peer.push(await tasksPerSecond(settings, () => peer.fill(batch, 1))),
    ];
    for (const side of round % 2 === 0 ? sides : sides.reverse()) await side();
    await queue.close();
    await peer.close();
    fs.rmSync(place, { recursive: true, force: true });
  }
  return { sparkq: median(rates.sparkq), peer: median(rates.peer) };
}

async function tasksPerSecond({ phase, most }: Settings, call: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  let made = 0;
  for (; made < most && performance.now() - start < phase; made += batch) await call();
  return (made / (performance.now() - start)) * 1000;
}
