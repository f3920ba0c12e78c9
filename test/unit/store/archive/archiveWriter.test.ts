import assert from 'node:assert/strict';
import { parseLine } from '../../../../src/store/archive/archivedTask';
import { ArchiveWriter } from '../../../../src/store/archive/archiveWriter';
import { DiskModel } from '../../../support/diskModel';
import { Random } from '../../../support/random';
import { archivedTask } from '../archiveLines';

const months = ['2026-01-31T23:59:59.000000Z', '2026-02-01T00:00:00.000000Z'];

/** The ids of the whole lines on a disk. */
function idsOn(disk: DiskModel): Set<string> {
  const lines = disk.list().flatMap((file) => disk.content(file).toString().split('\n'));
  return new Set(lines.flatMap((line) => parseLine(line)?.id ?? []));
}

/** Appends until the power goes; answers the ids that were acknowledged. */
async function appendUntilCut(disk: DiskModel, generation: number, from: number): Promise<string[]> {
  const writer = new ArchiveWriter(disk, '/queue', generation);
  const kept: string[] = [];
  try {
    for (let number = from; number < from + 12; number += 3) {
      // Longer than a sector, so that half of a line can be lost.
      const tasks = [0, 1, 2].map((more) => archivedTask(number + more, { note: 'x'.repeat(700) }));
      await writer.append(tasks, months[number % 2] ?? '');
      kept.push(...tasks.map(({ id }) => id));
    }
  } catch {
    // The power is off.
  }
  return kept;
}

describe('What is appended to the archive', () => {
  it('survives every power cut once it was acknowledged, in the files of several owners', async () => {
    const random = new Random(4711);
    const whole = new DiskModel();
    await appendUntilCut(whole, 1, 0);
    let torn = 0;
    for (let cut = 1; cut <= whole.operations; cut++) {
      const disk = new DiskModel({}, cut);
      const kept = await appendUntilCut(disk, 1, 0);
      const after = disk.cut(random);
      const second = await appendUntilCut(after, 2, 100);
      const last = after.cut(random);
      const ids = idsOn(last);
      for (const id of [...kept, ...second]) assert.ok(ids.has(id), `${id} is gone after a cut at ${cut}`);
      assert.equal(second.length, 12);
      if (last.list().some((file) => !last.content(file).toString().endsWith('\n'))) torn += 1;
    }
    assert.ok(torn > 0, 'no cut has left half a line');
  });

  it('would not survive without its syncs', async () => {
    for (const broken of [{ datasync: /jsonl$/ }, { syncFolder: true }]) {
      const random = new Random(7);
      let lost = 0;
      for (let round = 0; round < 20; round++) {
        const disk = new DiskModel(broken);
        const kept = await appendUntilCut(disk, 1, 0);
        const ids = idsOn(disk.cut(random));
        lost += kept.filter((id) => !ids.has(id)).length;
      }
      assert.ok(lost > 0, JSON.stringify(Object.keys(broken)));
    }
  });
});
