import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { type ReadTranscript, TaskPageTranscript } from '../../../../src/editor/taskPage/taskPageTranscript';
import { OutputWriter, readOutput } from '../../../../src/store/outputFiles';
import { withFolder } from '../../../support/folders';

const task = 'tsk_0123456789ab';
const large = 64 * 1024 * 1024;

const said = (text: string) =>
  `${JSON.stringify({ type: 'assistant', message: { content: [{ type: 'text', text }] } })}\n`;

class Page {
  readonly parts: ReadTranscript[] = [];
  readonly transcript: TaskPageTranscript;

  constructor(storage: string) {
    const of = { stream: 'stdout', encoding: 'latin1' } as const;
    const read = (offset: number, limit: number) => readOutput(storage, task, 1, { ...of, offset, limit });
    const take = async (part: ReadTranscript) => void this.parts.push(part);
    this.transcript = new TaskPageTranscript({ read, take }, { agent: 'claude', resumed: false });
  }

  /** What each message says that the page shows. */
  get texts(): string[] {
    const start = this.parts.findLastIndex(({ place }) => place === 'all');
    return this.parts
      .slice(start)
      .flatMap(({ changes }) => changes)
      .filter((change) => change.kind === 'new')
      .map(({ item }) => ('text' in item ? (item.text ?? '') : item.kind));
  }
}

async function withWriter(
  limit: number,
  use: (write: (text: string) => Promise<void>, page: Page) => Promise<void>,
): Promise<void> {
  await withFolder(async (storage) => {
    await fs.mkdir(path.join(storage, 'output'));
    const writer = new OutputWriter({ storage, task, attempt: 1, stream: 'stdout', limit });
    try {
      await use((text) => writer.append(new TextEncoder().encode(text)), new Page(storage));
    } finally {
      await writer.finish();
    }
  });
}

describe('the transcript on a task page', () => {
  it('goes on with what is written, wherever that is cut', () =>
    withWriter(large, async (write, { transcript, parts }) => {
      await transcript.readOn();
      const line = said('Grüße');
      for (const piece of [line, line.slice(0, 50), line.slice(50)]) {
        await write(piece);
        await transcript.readOn();
      }
      assert.deepEqual(
        parts.map(({ place, changes }) => [place, changes.length]),
        [
          ['all', 0],
          ['after', 1],
          ['after', 0],
          ['after', 1],
        ],
      );
    }));

  it('has a last line that nothing ended, once nothing follows', () =>
    withWriter(large, async (write, page) => {
      await write(said('first') + said('last').trimEnd());
      await page.transcript.readOn();
      assert.deepEqual(page.texts, ['first']);
      for (let time = 0; time < 2; time += 1) await page.transcript.readOn(true);
      assert.deepEqual(page.texts, ['first', 'last']);
    }));

  it('begins near the end, and goes back on request', () =>
    withWriter(large, async (write, page) => {
      const all = Array.from({ length: 20_000 }, (_, index) => `message ${index} ä`);
      await write(all.map(said).join(''));
      await page.transcript.readOn();
      assert.equal(page.texts.at(-1), 'message 19999 ä');
      const before = page.texts.length;
      assert.ok(before > 100 && before < 10_000);
      assert.ok(page.parts.at(-1)?.earlier);
      page.transcript.showEarlier();
      await page.transcript.readOn();
      assert.ok(page.texts.length > 1.5 * before, `${page.texts.length}`);
      assert.deepEqual(page.texts, all.slice(-page.texts.length));
      for (let more = page.parts.at(-1)?.earlier; more; more = page.parts.at(-1)?.earlier) {
        page.transcript.showEarlier();
        await page.transcript.readOn();
      }
      // As many as the page holds.
      assert.equal(page.texts.length, 5_000);
      assert.ok((page.parts.at(-1)?.from ?? 0) > 0);
    }));

  it('goes back as far as it takes to find a whole line', () =>
    withWriter(large, async (write, page) => {
      await write(said('short') + said('x'.repeat(3_000_000)));
      await page.transcript.readOn();
      assert.deepEqual(
        page.texts.map((text) => text.length),
        [5, 65_536],
      );
      assert.equal(page.parts.length, 1);
    }));

  it('says what was dropped, and begins before that', () =>
    withWriter(200_000, async (write, page) => {
      const line = said('a line');
      await write(said('first') + line.repeat(100_000));
      await page.transcript.readOn();
      assert.equal(page.texts[0], 'first');
      assert.equal(page.texts.filter((text) => text === 'gap').length, 1);
      assert.ok(page.texts.filter((text) => text === 'a line').length > 1_000);
      assert.equal(page.parts.at(-1)?.from, 0);
    }));

  it('starts over at the end of what it cannot follow', () =>
    withWriter(large, async (write, page) => {
      await write(said('begins'));
      await page.transcript.readOn();
      await write('noise\n'.repeat(4_000_000) + said('ends'));
      await page.transcript.readOn();
      assert.deepEqual(
        page.parts.map(({ place }) => place),
        ['all', 'all'],
      );
      assert.equal(page.texts.at(-1), 'ends');
    }));
});
