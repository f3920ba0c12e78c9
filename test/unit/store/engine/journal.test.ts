import assert from 'node:assert/strict';
import { silentLog } from '../../../../src/core/log';
import { frameHeaderSize, readFrames, sealFrame } from '../../../../src/store/engine/frames';
import { Journal, type Recorded, Replay } from '../../../../src/store/engine/journal';
import { loadSqlJs, Sqlite } from '../../../../src/store/engine/sqlite';
import { DiskModel } from '../../../support/diskModel';

const position = { generation: 3, number: 1 };
const file = '/queue/journal-3-1.log';

function frame(payload: string, ordinal: number, salt = 7, sequence = 40 + ordinal): Buffer {
  const buffer = Buffer.alloc(frameHeaderSize + Buffer.byteLength(payload));
  buffer.write(payload, frameHeaderSize);
  sealFrame(buffer, { generation: 3, salt, ordinal, sequence, schema: 5 });
  return buffer;
}

describe('the frames of a journal', () => {
  const whole = Buffer.concat([frame('first', 1), frame('second', 2), frame('third', 3)]);
  const starts = readFrames(whole, 3).frames.map(({ offset }) => offset);

  it('are read as they were written', () => {
    const { frames, tail, end, damaged } = readFrames(whole, 3);
    assert.deepEqual(
      frames.map(({ sequence, schema, payload }) => [sequence, schema, payload.toString()]),
      [
        [41, 5, 'first'],
        [42, 5, 'second'],
        [43, 5, 'third'],
      ],
    );
    assert.deepEqual({ tail, end, damaged }, { tail: 'closed', end: whole.length, damaged: false });
  });

  it('keep sequences beyond 32 bits', () => {
    const sequence = 2 ** 45 + 3;
    assert.equal(readFrames(frame('x', 1, 7, sequence), 3).frames[0]?.sequence, sequence);
  });

  it('are not closed where zeros follow', () => {
    const { tail, end, damaged } = readFrames(Buffer.concat([whole, Buffer.alloc(100)]), 3);
    assert.deepEqual({ tail, end, damaged }, { tail: 'open', end: whole.length, damaged: false });
  });

  it('are the whole ones wherever the file is truncated', () => {
    for (let length = 0; length < whole.length; length++) {
      const { frames, damaged, tail } = readFrames(whole.subarray(0, length), 3);
      const expected = starts.filter((_, index) => (starts[index + 1] ?? whole.length) <= length).length;
      assert.equal(frames.length, expected, `cut at ${length}`);
      assert.equal(damaged, false);
      assert.equal(tail, starts.includes(length) ? 'closed' : 'torn');
    }
  });

  it('reveal a flipped bit: as damage before the last frame, as a torn end in it', () => {
    for (let at = 0; at < whole.length; at++) {
      for (const bit of [1, 16, 128]) {
        const bytes = Buffer.from(whole);
        bytes.writeUInt8(bytes.readUInt8(at) ^ bit, at);
        const { frames, damaged, tail, end } = readFrames(bytes, 3);
        const hit = starts.filter((start) => start <= at).length;
        assert.equal(frames.length, hit - 1, `flipped at ${at}`);
        assert.equal(damaged, hit < 3);
        assert.equal(tail, 'torn');
        assert.equal(end, starts[hit - 1]);
      }
    }
  });

  it('do not mistake a copy of a frame inside a payload for a later frame', () => {
    const inner = frame('copied', 9, 8).toString('latin1');
    const outer = Buffer.concat([frame('first', 1), frame(inner, 2)]);
    assert.equal(readFrames(outer.subarray(0, outer.length - 1), 3).damaged, false);
  });

  it('of another file or generation do not count', () => {
    assert.equal(readFrames(Buffer.concat([frame('first', 1), frame('other', 2, 8)]), 3).frames.length, 1);
    assert.equal(readFrames(frame('first', 1), 4).frames.length, 0);
  });
});

describe('a journal', () => {
  const insert = 'INSERT INTO item VALUES (?, ?)';

  async function emptyTable(): Promise<Sqlite> {
    const sqlite = Sqlite.open(await loadSqlJs('dist'));
    sqlite.execute('CREATE TABLE item (number REAL, text TEXT)');
    return sqlite;
  }

  it('replays what was recorded, value for value', async () => {
    const values: [number, string | null][] = [
      [0, ''],
      [-1.5, 'ä 漢 😀 "quoted" \\ \n'],
      [2 ** 53 - 1, null],
      [1e300, 'x'.repeat(100_000)],
    ];
    const disk = new DiskModel();
    const sqlite = await emptyTable();
    const journal = await Journal.create(disk, '/queue', position, 0, silentLog);
    for (const [index, value] of values.entries()) {
      const recorded: Recorded = [sqlite.prepare(insert), value];
      await journal.append(index + 1, [recorded]);
    }
    const { frames } = readFrames(disk.content(file), 3);
    const replay = new Replay(sqlite);
    for (const one of frames) replay.run(one);
    const rows = sqlite.all(sqlite.prepare('SELECT * FROM item'), []);
    assert.deepEqual(
      rows.map(({ number, text }) => [number, text]),
      values,
    );
    sqlite.close();
  });

  it('holds the text of a statement once', async () => {
    const disk = new DiskModel();
    const sqlite = await emptyTable();
    const journal = await Journal.create(disk, '/queue', position, 0, silentLog);
    for (let sequence = 1; sequence <= 3; sequence++) {
      await journal.append(sequence, [[sqlite.prepare(insert), [sequence, 'x']]]);
    }
    assert.equal(disk.content(file).toString('latin1').split(insert).length - 1, 1);
    sqlite.close();
  });

  it('has zeros after its frames until it is closed', async () => {
    const disk = new DiskModel();
    const journal = await Journal.create(disk, '/queue', position, 0, silentLog);
    for (let sequence = 1; sequence <= 3; sequence++) {
      await journal.append(sequence, []);
      assert.equal(readFrames(disk.content(file), 3).tail, 'open');
    }
    await journal.close();
    assert.equal(readFrames(disk.content(file), 3).tail, 'closed');
  });
});
