/** What the strongest peer does when it has 100 claims at hand and puts them into one transaction. */

import fs from 'node:fs';
import { betterSqlite3Full } from './engines/peers';
import { SqlEngine } from './engines/sqlEngine';
import type { Settings } from './workload';

/** Claims per second. */
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
