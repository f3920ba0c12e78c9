import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { QueueError } from '../../src/core/errors';
import {
  comparePositions,
  journalName,
  markerName,
  type StorePosition,
  snapshotName,
  sortNames,
} from '../../src/store/engine/fileNames';
import { nodeFiles } from '../../src/store/engine/files';
import { readFrames } from '../../src/store/engine/frames';
import { newestMark } from '../../src/store/engine/marker';
import { withFolder } from '../support/folders';
import type { Random } from '../support/random';

/** How a file was lost, and what must then be true of the queue. */
interface Loss {
  about: string;
  lose: (storage: string) => void;
  /** Undefined: refused, or complete. */
  expected: 'refused' | 'complete' | 'opened' | undefined;
}

/** The frame in progress, and the one that was acknowledged in the last turn of the event loop. */
const mostUnmarked = 2;

/** What may be lost from the files of a queue that nobody has open. */
async function lossesOf(storage: string, closed: boolean): Promise<Loss[]> {
  const names = sortNames(readdirSync(storage));
  const mark = await newestMark(nodeFiles, storage, names.markers);
  const base = names.snapshots.at(-1);
  assert.ok(base);
  const needed = names.journals.filter((position) => comparePositions(position, base) >= 0);
  const last = needed.at(-1);
  const marked = last && mark && comparePositions(last, mark.position) === 0;
  const losses: Loss[] = [{ about: 'every file is missing', lose: removeAll, expected: 'opened' }];
  for (const position of names.snapshots) {
    const without = position === base ? undefined : 'complete';
    losses.push(...lossesOfFile(snapshotName(position), without, without ?? 'refused'));
  }
  for (const position of names.journals) {
    let without: Loss['expected'];
    if (position === last) without = marked ? 'refused' : 'opened';
    else without = needed.includes(position) ? undefined : 'complete';
    losses.push(...lossesOfFile(journalName(position), without, without));
  }
  for (const position of names.markers) {
    losses.push(...lossesOfFile(markerName(position), 'complete', 'complete'));
  }
  if (last === undefined || !marked) return losses;
  return [...losses, ...cutsOf(storage, last, mark.sequence, closed)];
}

function lossesOfFile(name: string, missing: Loss['expected'], empty: Loss['expected']): Loss[] {
  return [
    { about: `${name} is missing`, lose: (folder) => rmSync(path.join(folder, name)), expected: missing },
    { about: `${name} is empty`, lose: (folder) => truncateSync(path.join(folder, name)), expected: empty },
  ];
}

function removeAll(storage: string): void {
  for (const name of readdirSync(storage)) rmSync(path.join(storage, name), { recursive: true });
}

/** The last journal, cut after each of its frames. */
function cutsOf(storage: string, position: StorePosition, marked: number, closed: boolean): Loss[] {
  const name = journalName(position);
  const { frames, end } = readFrames(readFileSync(path.join(storage, name)), position.generation);
  const last = frames.at(-1)?.sequence ?? 0;
  const unmarked = last - marked;
  assert.ok(unmarked <= (closed ? 0 : mostUnmarked), `${name}: ${unmarked} frames are not marked`);
  return frames.map(({ offset, sequence }): Loss => {
    const lose = (folder: string) => truncateSync(path.join(folder, name), offset);
    const about = `${name} is cut at ${offset} of ${end}`;
    return { about, lose, expected: sequence <= marked ? 'refused' : 'opened' };
  });
}

/**
 * Loses `count` times a file or a part of one, each in a copy of the folder, which is then opened: nothing may be lost
 * in silence, and nothing refused that is complete.
 * @param closed whether the last owner closed the queue
 * @param check opens a copy and, if it must be complete, compares it with what was acknowledged
 */
export async function loseFiles(
  storage: string,
  closed: boolean,
  random: Random,
  count: number,
  check: (storage: string, complete: boolean) => Promise<void>,
): Promise<{ lost: number; refused: number }> {
  const losses = await lossesOf(storage, closed);
  const chosen = Array.from({ length: count }, () => losses[random.below(losses.length)]);
  let refused = 0;
  for (const { about, lose, expected } of chosen.filter((loss) => loss !== undefined)) {
    const wasRefused = await withFolder(async (folder) => {
      cpSync(storage, folder, { recursive: true });
      lose(folder);
      try {
        await check(folder, expected !== 'opened');
        return false;
      } catch (error) {
        if (!QueueError.is(error, 'storage_failed')) throw new Error(about, { cause: error });
        return true;
      }
    });
    if (expected !== undefined) assert.equal(wasRefused, expected === 'refused', about);
    if (wasRefused) refused += 1;
  }
  return { lost: chosen.length, refused };
}
