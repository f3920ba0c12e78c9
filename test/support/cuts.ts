import assert from 'node:assert/strict';
import type { DurableDatabase } from '../../src/store/engine/durableDatabase';
import { type BrokenPromises, DiskModel } from './diskModel';
import { KeptLog, openDatabase } from './openDatabase';
import type { Random } from './random';

const migrations = [
  {
    version: 1,
    sql: `CREATE TABLE one (caller INTEGER, number INTEGER, filler TEXT, PRIMARY KEY (caller, number));
          CREATE TABLE two (caller INTEGER, number INTEGER, PRIMARY KEY (caller, number))`,
  },
];
const callers = 5;

export interface CutCounts {
  cuts: number;
  duringOpen: number;
  torn: number;
  snapshots: number;
  acknowledged: number;
}

/** What the callers of a database have been told: of each, how many operations are done. */
type Told = number[];

/**
 * Works a database on a disk whose power goes again and again, and checks after each cut that everything that was
 * acknowledged is there, whole, and nothing that could not be. Throws at the first life that disagrees.
 */
export async function cutPower(
  random: Random,
  lives: number,
  broken: BrokenPromises = {},
): Promise<CutCounts> {
  const counts: CutCounts = { cuts: 0, duringOpen: 0, torn: 0, snapshots: 0, acknowledged: 0 };
  const told: Told = new Array(callers).fill(0);
  let disk = new DiskModel(broken);
  for (let generation = 1; generation <= lives; generation++) {
    const until = 1 + random.below(random.chance(0.3) ? 15 : 250);
    // Now and then only the process dies, and its successor goes on with what is in the page cache.
    disk = random.chance(0.3) ? disk.kill(broken, until) : disk.cut(random, broken, until);
    await live(disk, generation, random, told, counts);
    counts.cuts += 1;
  }
  return counts;
}

async function live(disk: DiskModel, generation: number, random: Random, told: Told, counts: CutCounts) {
  const log = new KeptLog();
  const limits = { leastJournal: 3000, mostJournal: 3000, mostJournals: 4 };
  let database: DurableDatabase;
  try {
    database = await openDatabase('/queue', { files: disk, generation, migrations, log, limits });
  } catch (error) {
    if (!isPowerOff(error)) throw error;
    counts.duringOpen += 1;
    return;
  } finally {
    if (log.has(/incomplete frame/)) counts.torn += 1;
  }
  try {
    await check(database, told);
    await Promise.all(told.map((_, caller) => work(database, caller, random, told, counts)));
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
  } finally {
    counts.snapshots += disk.list().filter((name) => /snapshot-\d+-[1-9]/.test(name)).length;
    await database.close();
  }
}

function isPowerOff(error: unknown): boolean {
  return error instanceof Error && /the power is off/.test(`${error.message} ${String(error.cause ?? '')}`);
}

async function check(database: DurableDatabase, told: Told): Promise<void> {
  const found = await database.read((reader) => ({
    ones: reader.all('SELECT caller, COUNT(*) AS count, MAX(number) AS last FROM one GROUP BY caller'),
    half: reader.all(
      'SELECT * FROM one FULL JOIN two USING (caller, number) WHERE one.rowid IS NULL OR two.rowid IS NULL',
    ),
  }));
  assert.deepEqual(found.half, [], 'half of a transaction');
  told.forEach((done, caller) => {
    const row = found.ones.find((one) => one.caller === caller);
    const present = Number(row?.count ?? 0);
    assert.equal(present, Number(row?.last ?? 0), `caller ${caller}: a gap`);
    assert.ok(present >= done, `caller ${caller}: ${done} acknowledged, ${present} there`);
    assert.ok(present <= done + 1, `caller ${caller}: ${done} acknowledged, even ${present} there`);
    // It has been read, so it stays.
    told[caller] = present;
  });
}

async function work(
  database: DurableDatabase,
  caller: number,
  random: Random,
  told: Told,
  counts: CutCounts,
) {
  const most = random.chance(0.2) ? random.below(10) : 1000;
  for (let turn = 0; turn < most; turn++) {
    const number = (told[caller] ?? 0) + 1;
    const filler = 'x'.repeat(random.below(600));
    await database.write((transaction) => {
      transaction.run('INSERT INTO one VALUES (?, ?, ?)', caller, number, filler);
      transaction.run('INSERT INTO two VALUES (?, ?)', caller, number);
    });
    told[caller] = number;
    counts.acknowledged += 1;
  }
}
