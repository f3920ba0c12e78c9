import assert from 'node:assert/strict';
import { Command } from '@commander-js/extra-typings';
import { addOutput } from '../../../../../src/cli/commands/tasks/output';
import type { CommandContext } from '../../../../../src/cli/context';
import { gapNote } from '../../../../../src/core/outputGap';
import type { OutputChunk, OutputEncoding } from '../../../../../src/core/queue';
import { capture, textOn, type Written } from '../../../../support/capture';
import { aTask } from '../../../../support/sampleRows';

/** `sparkq output` of a task that reads these chunks; the task has finished once the last one was read. */
async function printed(chunks: OutputChunk[], args: string[] = [], terminal = false): Promise<Written[]> {
  let left = [...chunks];
  const queue = {
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
});
