/** `sparkq output`: prints what a task has written. */

import { type Command, Option } from '@commander-js/extra-typings';
import { sleep } from '../../../core/clock';
import { QueueError } from '../../../core/errors';
import type { TaskStatus } from '../../../core/model';
import { gapAt } from '../../../core/outputGap';
import type { OutputChunk, OutputEncoding, OutputName, Queue } from '../../../core/queue';
import { transcribedRun } from '../../../runner/transcript/transcribedRun';
import type { CommandContext } from '../../context';
import { example, sampleId, taskArgument, wholeFrom } from '../../terminal/options';
import { type OutputPrinter, PlainPrinter, TranscriptPrinter } from './outputPrinters';

interface OutputOptions {
  stderr?: true;
  check?: true;
  attempt?: number;
  follow?: true;
  raw?: true;
  transcript?: true;
}

interface PrinterOptions {
  raw?: boolean;
  transcript?: boolean;
  /** Whether a person would rather read a transcript of it. */
  readable: boolean;
}

interface OutputAnswer {
  task_id: string;
  stream: OutputName;
  text: string;
  size: number;
  dropped: OutputChunk['dropped'];
}

export function addOutput(program: Command, context: CommandContext): void {
  program
    .command('output')
    .description('print the output of a task')
    .addArgument(taskArgument)
    .option('--stderr', 'print stderr instead of stdout')
    .addOption(new Option('--check', 'print what its check wrote instead of stdout').conflicts('stderr'))
    .option('--attempt <number>', 'which attempt; by default the latest', wholeFrom('attempt', 1))
    .option('-f, --follow', 'keep printing until the task has finished')
    .option('--raw', 'on a terminal: as it is, with every control sequence, also of an agent')
    .addOption(
      new Option('--transcript', 'what an agent said and did; on a terminal, that is the default').conflicts([
        'raw',
        'stderr',
        'check',
      ]),
    )
    .addHelpText('after', example(`sparkq output ${sampleId} --follow`))
    .action((id, options) =>
      context.withQueue(
        (queue) => printOutput(queue, context, id, options),
        options.follow ? { role: 'output', serve: true } : {},
      ),
    );
}

/** Prints all that a task writes until it has finished: its stdout on ours, the rest on our stderr. */
export async function followAll(queue: Queue, id: string): Promise<void> {
  const context = { json: false, answer: () => undefined };
  await Promise.all([
    printOutput(queue, context, id, { follow: true }),
    printOutput(queue, context, id, { follow: true, stderr: true }, process.stderr),
    printOutput(queue, context, id, { follow: true, check: true }, process.stderr),
  ]);
}

async function printOutput(
  queue: Queue,
  context: Pick<CommandContext, 'json' | 'answer'>,
  id: string,
  options: OutputOptions,
  to: NodeJS.WriteStream = process.stdout,
): Promise<void> {
  const stream = options.stderr ? 'stderr' : options.check ? 'check' : 'stdout';
  const answer: OutputAnswer = { task_id: id, stream, text: '', size: 0, dropped: null };
  if (context.json && options.transcript)
    throw new QueueError('invalid_field', 'A transcript is no JSON', 'Leave out --json or --transcript');
  const readable = stream === 'stdout' && !context.json;
  let printer: OutputPrinter = new PlainPrinter(options.raw === true, to);
  let printed: number | undefined | null = null;
  const rest = async (from: number, attempt: number | undefined) => {
    if (attempt !== printed) printer = await printerFor(queue, id, attempt, { ...options, readable }, to);
    printed = attempt;
    const encoding = context.json ? 'utf-8' : printer.encoding;
    return readRest(queue, { ...answer, attempt, encoding }, from, (chunk, offset) => {
      const gap = gapAt(offset, chunk);
      if (gap !== null) printer.gap(gap);
      if (context.json) answer.text += chunk.text;
      else printer.print(chunk.text);
      answer.size = chunk.size;
      answer.dropped = chunk.dropped ?? answer.dropped;
    });
  };
  const restart = (attempt: number | undefined, before: number | undefined) => {
    printer.end();
    const told = before !== undefined && attempt !== undefined && !context.json && to === process.stdout;
    if (told) printer.note(`[attempt ${attempt}]`);
    Object.assign(answer, { text: '', size: 0, dropped: null });
  };
  await (options.follow ? followOutput(queue, id, options.attempt, rest, restart) : rest(0, options.attempt));
  printer.end();
  if (context.json) context.answer(answer, '');
}

/**
 * How to print an attempt: of an agent the transcript, where that is asked for or a person is to read it.
 * @throws QueueError where there is none that was asked for
 */
async function printerFor(
  queue: Queue,
  id: string,
  attempt: number | undefined,
  { raw = false, transcript = false, readable }: PrinterOptions,
  to: NodeJS.WriteStream,
): Promise<OutputPrinter> {
  if (!transcript && (!readable || raw || to.isTTY !== true)) return new PlainPrinter(raw, to);
  const agents = new Map((await queue.listTools()).map(({ name, agent }) => [name, agent]));
  const task = await queue.getTask(id);
  const run = transcribedRun(task, await queue.listAttempts(id), attempt ?? task.attempts, (tool) =>
    agents.get(tool),
  );
  if (run !== null) return new TranscriptPrinter(run, to);
  if (!transcript) return new PlainPrinter(raw, to);
  throw new QueueError(
    'wrong_state',
    `Task ${id} has no transcript: its tool '${task.tool_name}' runs no agent that is known here`,
    'Print its output as it is, without --transcript',
  );
}

/** Reads from byte `from` to the current end, and returns where that is. */
async function readRest(
  queue: Queue,
  {
    task_id: id,
    stream,
    attempt,
    encoding,
  }: { task_id: string; stream: OutputName; attempt?: number; encoding: OutputEncoding },
  from: number,
  take: (chunk: OutputChunk, offset: number) => void,
): Promise<number> {
  let offset = from;
  for (;;) {
    const chunk = await queue.readOutput(id, { stream, attempt, offset, encoding });
    take(chunk, offset);
    if (chunk.next_offset <= offset) return offset;
    offset = chunk.next_offset;
  }
}

/** How often output that is still being written is read, milliseconds: no event announces single lines. */
const followEvery = 250;

/**
 * Reads until the task has finished. Unless an attempt was named, each new attempt is read from its beginning.
 * @param restart called before the output of another attempt is read
 */
async function followOutput(
  queue: Queue,
  id: string,
  wanted: number | undefined,
  rest: (from: number, attempt: number | undefined) => Promise<number>,
  restart: (attempt: number | undefined, before: number | undefined) => void,
): Promise<void> {
  let attempt = wanted;
  let offset = 0;
  for (;;) {
    const { status, attempts } = await queue.getTask(id);
    const newest = wanted ?? (attempts > 0 ? attempts : undefined);
    if (newest !== attempt) {
      // What the previous attempt has written since it was read last; one that was undone is gone.
      if (attempt !== undefined && newest !== undefined && newest > attempt) await rest(offset, attempt);
      restart(newest, attempt);
      attempt = newest;
      offset = 0;
    }
    if (attempt !== undefined || isOver(status)) offset = await rest(offset, attempt);
    if (isOver(status)) return;
    await sleep(followEvery);
  }
}

/** Whether a task with this status has finished. */
export function isOver(status: TaskStatus): boolean {
  return status === 'succeeded' || status === 'failed';
}
