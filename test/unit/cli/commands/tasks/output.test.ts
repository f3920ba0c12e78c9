import assert from 'node:assert/strict';
import { stripVTControlCharacters } from 'node:util';
import { Command } from '@commander-js/extra-typings';
import { addOutput } from '../../../../../src/cli/commands/tasks/output';
import type { CommandContext } from '../../../../../src/cli/context';
import { gapNote } from '../../../../../src/core/outputGap';
import type { OutputChunk, OutputEncoding } from '../../../../../src/core/queue';
import { capture, textOn, type Written } from '../../../../support/capture';
import { aTask } from '../../../../support/sampleRows';

/**
 * `sparkq output` of a task that reads these chunks; the task has finished once the last one was read.
 * @param agent the one that its tool runs
 */
async function printed(
  chunks: OutputChunk[],
  args: string[] = [],
  terminal = false,
  agent: string | null = null,
): Promise<Written[]> {
  let left = [...chunks];
  const queue = {
    listTools: async () => [{ name: aTask({}).tool_name, agent }],
    listAttempts: async () => [],
    getTask: async () => aTask({ status: left.length > 1 ? 'running' : 'succeeded', attempts: 1 }),
    readOutput: async (
      _: string,
      { offset, encoding }: { offset: number; encoding: OutputEncoding },
    ): Promise<OutputChunk> => {
      const [next] = left;
      if (next === undefined || next.next_offset <= offset) {
        return { text: '', size: offset, next_offset: offset, dropped: next?.dropped ?? null };
      }
      left = left.slice(1);
      return { ...next, text: Buffer.from(next.text).toString(encoding) };
    },
  };
  const context = {
    json: args.includes('--json'),
    withQueue: (use: (given: typeof queue) => unknown) => use(queue),
    answer: (value: unknown) => process.stdout.write(JSON.stringify(value)),
  } as unknown as CommandContext;
  const program = new Command().option('--json');
  addOutput(program, context);
  return capture(terminal, () =>
    program.parseAsync(['output', 'tsk_000000000001', ...args], { from: 'user' }),
  );
}

const dropped = { from: 4, to: 1000 };
const capped: OutputChunk[] = [
  { text: 'head', size: 1004, next_offset: 4, dropped },
  { text: 'tail', size: 1004, next_offset: 1004, dropped },
];
const coloured: OutputChunk[] = [
  { text: 'a\u001b[3', size: 21, next_offset: 4, dropped: null },
  { text: '1mü😀\r\u001b]0;t\u0007\u202e', size: 21, next_offset: 21, dropped: null },
];

describe('sparkq output', () => {
  for (const args of [[], ['--follow'], ['--raw'], ['--follow', '--stderr']]) {
    it(`${['of', ...args].join(' ')} a capped output says on stderr what was left out`, async () => {
      const written = await printed(capped, args);
      assert.deepEqual(written, [
        { to: 'stdout', text: 'head' },
        { to: 'stderr', text: `${gapNote(dropped)}\n` },
        { to: 'stdout', text: 'tail' },
      ]);
    });
  }

  it('gives that a line of its own on a terminal', async () => {
    const written = await printed(capped, [], true);
    assert.equal(written.map(({ text }) => text).join(''), `head\n${gapNote(dropped)}\ntail`);
  });

  it('says it beside JSON, too', async () => {
    const written = await printed(capped, ['--json']);
    assert.equal(textOn('stderr', written), `${gapNote(dropped)}\n`);
    assert.deepEqual(JSON.parse(textOn('stdout', written)).dropped, dropped);
  });

  it('says what was dropped while it followed', async () => {
    const written = await printed(
      [
        { text: 'a', size: 1, next_offset: 1, dropped: null },
        { text: 'c', size: 20, next_offset: 10, dropped: { from: 1, to: 9 } },
        { text: 'f', size: 40, next_offset: 40, dropped: { from: 1, to: 39 } },
      ],
      ['--follow'],
    );
    assert.equal(textOn('stdout', written), 'acf');
    assert.equal(
      textOn('stderr', written),
      `${gapNote({ from: 1, to: 9 })}\n${gapNote({ from: 10, to: 39 })}\n`,
    );
  });

  it('writes into a pipe what the task wrote', async () => {
    assert.equal(textOn('stdout', await printed(coloured)), coloured.map(({ text }) => text).join(''));
  });

  it('lets only colours and carriage returns onto a terminal, with --raw everything', async () => {
    assert.equal(textOn('stdout', await printed(coloured, [], true)), 'a\u001b[31mü😀\r␛]0;t␇\ufffd');
    assert.equal(
      textOn('stdout', await printed(coloured, ['--raw'], true)),
      coloured.map(({ text }) => text).join(''),
    );
  });

  describe('of an agent', () => {
    const event = (content: object[], type = 'assistant') =>
      Buffer.from(`${JSON.stringify({ type, message: { content } })}\n`);
    const edit = { type: 'tool_use', id: 't', name: 'Edit', input: { file_path: 'a.ts' } };
    const bytes = Buffer.concat([
      event([{ type: 'text', text: 'Grüße' }]),
      event([edit]),
      event([{ type: 'tool_result', tool_use_id: 't' }], 'user'),
    ]);
    const chunk = (from: number, to: number, gap: OutputChunk['dropped'] = null): OutputChunk => ({
      text: bytes.subarray(from, to).toString(),
      size: bytes.length,
      next_offset: to,
      dropped: gap,
    });
    const chunks = [chunk(0, 10), chunk(10, 100), chunk(100, bytes.length)];
    const json = bytes.toString();

    it('is its transcript on a terminal, and its events in a pipe', async () => {
      const shown = await printed(chunks, ['--follow'], true, 'claude');
      // Unless NO_COLOR is set, in colours.
      assert.equal(stripVTControlCharacters(textOn('stdout', shown)), 'Grüße\n\n● Edit a.ts ✓\n');
      assert.equal(textOn('stdout', await printed(chunks, [], false, 'claude')), json);
      assert.equal(textOn('stdout', await printed(chunks, ['--raw'], true, 'claude')), json);
      assert.equal(textOn('stdout', await printed(chunks, ['--stderr'], true, 'claude')), json);
      assert.equal(textOn('stdout', await printed(chunks, [], true, 'newer')), json);
    });

    it('is that in a pipe as well, where it is asked for, without colours', async () => {
      const shown = await printed(chunks, ['--transcript'], false, 'claude');
      assert.equal(textOn('stdout', shown), 'Grüße\n\n● Edit a.ts ✓\n');
      await assert.rejects(printed(chunks, ['--transcript'], false), /runs no agent/);
      await assert.rejects(printed(chunks, ['--transcript', '--json'], false, 'claude'), /is no JSON/);
    });

    it('says within the transcript what was dropped', async () => {
      const gap = { from: 20, to: 30 };
      const shown = await printed(
        [chunk(0, 20, gap), chunk(30, bytes.length, gap)],
        ['--transcript'],
        false,
        'claude',
      );
      assert.deepEqual(shown, [
        { to: 'stdout', text: `${gapNote(gap)}\n` },
        { to: 'stdout', text: '● Edit a.ts ✓\n' },
      ]);
    });
  });
});
