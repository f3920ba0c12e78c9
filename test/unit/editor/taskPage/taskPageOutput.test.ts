import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { silentLog } from '../../../../src/core/log';
import { fromLineStart, type ReadPart, TaskPageOutput } from '../../../../src/editor/taskPage/taskPageOutput';
import { OutputWriter, readOutput } from '../../../../src/store/outputFiles';
import { OutputFollower } from '../../../../src/store/outputFollower';
import { withFolder } from '../../../support/folders';

const task = 'tsk_0123456789ab';

/** What was posted about stdout; `until` resolves when a condition is met. */
class Reader {
  readonly parts: ReadPart[] = [];
  private waiting: { fits: () => boolean; resolve: () => void }[] = [];
  readonly output: TaskPageOutput;

  constructor(storage: string) {
    const queue = {
      readOutput: (id: string, request: Parameters<typeof readOutput>[3]) =>
        readOutput(storage, id, 1, request),
    };
    this.output = new TaskPageOutput(
      {
        queue,
        watchOutput: (...args) => new OutputFollower(storage, ...args),
        log: silentLog,
        take: (part) => this.take(part),
        takeTranscript: async () => assert.fail(),
      },
      task,
      1,
    );
  }

  /** The text as the page shows it. */
  get text(): string {
    return this.parts.reduce((shown, { place, text }) => {
      if (place === 'all') return text;
      return place === 'after' ? shown + text : text + shown;
    }, '');
  }

  until(fits: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      if (fits()) resolve();
      else this.waiting.push({ fits, resolve });
    });
  }

  private async take(part: ReadPart): Promise<void> {
    if (part.stream !== 'stdout') return;
    this.parts.push(part);
    for (const one of this.waiting) if (one.fits()) one.resolve();
  }
}

async function withWriter(
  limit: number,
  use: (writer: OutputWriter, read: () => Reader) => Promise<void>,
): Promise<void> {
  await withFolder(async (storage) => {
    await fs.mkdir(path.join(storage, 'output'));
    const writer = new OutputWriter({ storage, task, attempt: 1, stream: 'stdout', limit });
    const readers: Reader[] = [];
    try {
      await use(writer, () => {
        const reader = new Reader(storage);
        readers.push(reader);
        return reader;
      });
    } finally {
      for (const { output } of readers) output.dispose();
      await writer.finish();
    }
  });
}

const bytes = (text: string) => new TextEncoder().encode(text);
const large = 64 * 1024 * 1024;

describe('the output on a task page', () => {
  it('arrives as it is written, by watching its file alone', () =>
    withWriter(large, async (writer, read) => {
      const reader = read();
      await reader.until(() => reader.parts.length > 0);
      await writer.append(bytes('one\n'));
      await reader.until(() => reader.text === 'one\n');
      await writer.append(bytes('two\n'));
      await reader.until(() => reader.text === 'one\ntwo\n');
      assert.equal(reader.parts.at(-1)?.place, 'after');
    }));

  it('begins with whole lines near the end, and goes back to the beginning on request', () =>
    withWriter(large, async (writer, read) => {
      const lines = Array.from({ length: 40_000 }, (_, index) => `line ${index} ä\n`).join('');
      await writer.append(bytes(lines));
      const reader = read();
      await reader.until(() => reader.text.endsWith('line 39999 ä\n'));
      const [first] = reader.parts;
      assert.ok(first && first.from > 0 && first.text.length < lines.length);
      assert.match(first.text, /^line \d+ ä\n/);
      for (let from = first.from; from > 0; from = reader.parts.at(-1)?.from ?? 0) {
        await reader.output.readEarlier('stdout', from);
      }
      assert.equal(reader.text, lines);
    }));

  it('says which bytes were not kept, and skips them', () =>
    withWriter(400_000, async (writer, read) => {
      await writer.append(bytes('head\n'.repeat(40_000)));
      for (let piece = 0; piece < 20; piece++) await writer.append(bytes('tail\n'.repeat(20_000)));
      const reader = read();
      await reader.until(() => reader.parts.at(-1)?.to === writer.size);
      const { dropped } = reader.parts[0] ?? {};
      assert.ok(dropped && dropped.from === 200_000);
      let from = reader.parts[0]?.from ?? 0;
      while (from > dropped.to) {
        await reader.output.readEarlier('stdout', from);
        from = reader.parts.at(-1)?.from ?? 0;
      }
      assert.equal(from, dropped.to);
      await reader.output.readEarlier('stdout', from);
      assert.equal(reader.parts.at(-1)?.to, dropped.from);
      assert.match(reader.text, /^head\n/);
    }));

  it('skips to the end after a burst', () =>
    withWriter(large, async (writer, read) => {
      await writer.append(bytes('small\n'));
      const reader = read();
      await reader.until(() => reader.text === 'small\n');
      await writer.append(bytes('much\n'.repeat(1_000_000)));
      await reader.until(() => reader.parts.at(-1)?.to === writer.size);
      const shown = reader.parts.reduce((sum, { text }) => sum + text.length, 0);
      assert.ok(shown < 2_500_000, `${shown} characters`);
      assert.ok(reader.parts.filter(({ place }) => place === 'all').length > 1);
    }));

  it('keeps bytes that are not UTF-8', () => {
    assert.deepEqual(fromLineStart({ text: 'lf\nline\n', from: 3, to: 11 }), {
      text: 'line\n',
      from: 6,
      to: 11,
    });
    assert.deepEqual(fromLineStart({ text: 'a\nb', from: 0, to: 3 }), { text: 'a\nb', from: 0, to: 3 });
    assert.deepEqual(fromLineStart({ text: '\ufffd\nb', from: 5, to: 8 }), {
      text: '\ufffd\nb',
      from: 5,
      to: 8,
    });
  });
});
