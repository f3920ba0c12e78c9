import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import {
  OutputWriter,
  readOutputEnd as readEnd,
  readOutput,
  removeOutput,
  writeOutput,
} from '../../../src/store/outputFiles';
import { withFolder } from '../../support/folders';

const task = 'tsk_0123456789ab';

function place(storage: string) {
  return { storage, task, attempt: 1, stream: 'stdout' as const };
}

function writer(storage: string, limit: number): OutputWriter {
  return new OutputWriter({ ...place(storage), limit });
}

function readOutputEnd(storage: string, limit: number): Promise<string | null> {
  return readEnd(place(storage), limit, ({ from, to }) => `<${from} ${to}>`);
}

/** Reads all that is kept, in chunks of `limit` bytes. */
async function readAll(storage: string, limit: number, ended = true): Promise<string> {
  let text = '';
  for (let offset = 0; ; ) {
    const chunk = await readOutput(storage, task, 1, { stream: 'stdout', offset, limit }, ended);
    text += chunk.text;
    if (chunk.next_offset >= chunk.size || chunk.next_offset === offset) return text;
    offset = chunk.next_offset;
  }
}

describe('Output files', () => {
  it('return what was written, whatever the chunk size', () =>
    withFolder(async (folder) => {
      const text = 'grün 😀 und blau\n'.repeat(20);
      assert.equal(await writeOutput({ ...place(folder), limit: 4000 }, text), Buffer.byteLength(text));
      for (const limit of [4, 5, 7, 100, 100_000]) assert.equal(await readAll(folder, limit), text);
      const { size, dropped } = await readOutput(folder, task, 1, { stream: 'stdout' });
      assert.deepEqual({ size, dropped }, { size: Buffer.byteLength(text), dropped: null });
    }));

  it('give every byte in latin1, whatever the chunk size', () =>
    withFolder(async (folder) => {
      const bytes = Buffer.from(Array.from({ length: 600 }, (_, index) => index % 256));
      const output = writer(folder, 4000);
      await output.append(bytes);
      await output.finish();
      for (const limit of [1, 3, 100, 1000]) {
        const text: string[] = [];
        for (let offset = 0; offset < bytes.length; ) {
          const request = { stream: 'stdout', offset, limit, encoding: 'latin1' } as const;
          const chunk = await readOutput(folder, task, 1, request, true);
          text.push(chunk.text);
          offset = chunk.next_offset;
        }
        assert.deepEqual(Buffer.from(text.join(''), 'latin1'), bytes);
      }
    }));

  it('can be truncated, and end there', () =>
    withFolder(async (folder) => {
      const output = writer(folder, 4000);
      await output.append(Buffer.from('kept given'));
      await output.giveBack(6);
      await output.finish();
      assert.equal(await readAll(folder, 100), 'kept');
    }));

  it('keep head and tail within the limit, and report what was dropped', () =>
    withFolder(async (folder) => {
      const output = writer(folder, 400);
      const text = Array.from({ length: 500 }, (_, index) => `line ${index}\n`).join('');
      for (let at = 0; at < text.length; at += 37) await output.append(Buffer.from(text.slice(at, at + 37)));
      await output.finish();
      assert.equal(output.size, text.length);
      const first = await readOutput(folder, task, 1, { stream: 'stdout' }, true);
      assert.equal(first.size, text.length);
      assert.ok(first.dropped);
      const { from, to } = first.dropped;
      assert.equal(from, 200);
      assert.ok(text.length - to > 100 && text.length - to <= 200);
      assert.equal(first.text, text.slice(0, from));
      const second = await readOutput(folder, task, 1, { stream: 'stdout', offset: first.next_offset }, true);
      assert.equal(second.text, text.slice(to));
      assert.equal(second.next_offset, second.size);
      assert.equal(await readAll(folder, 1000), text.slice(0, from) + text.slice(to));
      assert.equal(await readOutputEnd(folder, 50), text.slice(-50));
      assert.equal(
        await readOutputEnd(folder, text.length),
        `${text.slice(0, from)}\n<${from} ${to}>\n${text.slice(to)}`,
      );
    }));

  it('keep no half of a character where bytes are dropped', () =>
    withFolder(async (folder) => {
      for (const start of ['', 'a', 'ab', 'abc']) {
        const text = `${start}${'😀'.repeat(200)}`;
        await writeOutput({ ...place(folder), limit: 100 }, text);
        const kept = await readAll(folder, 1000);
        assert.ok(kept.startsWith(start) && !kept.includes('\ufffd'), kept);
        assert.ok(Buffer.byteLength(kept) <= 100);
        assert.match((await readOutputEnd(folder, 10_000)) ?? '', /^\w*(😀)+\n<\d+ \d+>\n(😀)+$/u);
      }
    }));

  it('can be read while they are written, also while segments are removed', () =>
    withFolder(async (folder) => {
      const output = writer(folder, 64);
      let writing = true;
      const reading = (async () => {
        let offset = 0;
        while (writing) {
          const chunk = await readOutput(folder, task, 1, { stream: 'stdout', offset });
          assert.ok(chunk.next_offset >= offset);
          const begin = chunk.next_offset - chunk.text.length;
          const expected = Array.from(chunk.text, (_, index) => String((begin + index) % 10)).join('');
          assert.equal(chunk.text, expected);
          offset = chunk.next_offset;
        }
      })();
      for (let at = 0; at < 1500; at++) await output.append(Buffer.from(String(at % 10)));
      writing = false;
      await reading;
      await output.finish();
    }));

  it('hold back a partial character until the rest or the end arrives', () =>
    withFolder(async (folder) => {
      const output = writer(folder, 1000);
      const bytes = Buffer.from('ü😀');
      await output.append(bytes.subarray(0, 4));
      const half = await readOutput(folder, task, 1, { stream: 'stdout' });
      assert.deepEqual([half.text, half.next_offset, half.size], ['ü', 2, 4]);
      const none = await readOutput(folder, task, 1, { stream: 'stdout', offset: 2 });
      assert.deepEqual([none.text, none.next_offset], ['', 2]);
      const ended = await readOutput(folder, task, 1, { stream: 'stdout', offset: 2 }, true);
      assert.deepEqual([ended.text, ended.next_offset], ['\ufffd', 4]);
      await output.append(bytes.subarray(4));
      const rest = await readOutput(folder, task, 1, { stream: 'stdout', offset: 2 });
      assert.deepEqual([rest.text, rest.next_offset], ['😀', 6]);
      await output.finish();
    }));

  it('are empty when missing, and are removed with their tails', () =>
    withFolder(async (folder) => {
      assert.deepEqual(await readOutput(folder, task, 1, { stream: 'stderr' }), {
        text: '',
        size: 0,
        next_offset: 0,
        dropped: null,
      });
      assert.equal(await readOutputEnd(folder, 10), null);
      await writeOutput({ ...place(folder), limit: 10 }, 'x'.repeat(100));
      await removeOutput(folder, task, 1);
      assert.deepEqual(await readdir(path.join(folder, 'output')), []);
    }));

  it('replace earlier output', () =>
    withFolder(async (folder) => {
      await writeOutput({ ...place(folder), limit: 10 }, 'x'.repeat(100));
      await writeOutput({ ...place(folder), limit: 10 }, 'new');
      const { text, size, dropped } = await readOutput(folder, task, 1, { stream: 'stdout' });
      assert.deepEqual({ text, size, dropped }, { text: 'new', size: 3, dropped: null });
      await writeOutput({ ...place(folder), limit: 10 }, '');
      assert.equal(await readOutputEnd(folder, 10), '');
    }));
});
