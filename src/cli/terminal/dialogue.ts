/** Asks questions on a terminal, or takes the answers from lines on stdin; without either every answer is the default. */

import readline from 'node:readline';
import { QueueError } from '../../core/errors';
import { printable } from '../../core/plainText';
import { exitCodes } from './errors';

/** Milliseconds until a silent pipe counts as one that nobody writes to. */
const firstLineWait = 1_000;

export class Dialogue {
  private constructor(
    private readonly reader: readline.Interface,
    private readonly lines: AsyncIterator<string>,
    private next: Promise<IteratorResult<string>> | null,
    private readonly prompts: NodeJS.WritableStream,
  ) {}

  /**
   * A dialogue when somebody is there to answer; null when nobody is.
   * @param prompts where questions are written
   */
  static async begin(prompts: NodeJS.WritableStream): Promise<Dialogue | null> {
    const terminal = process.stdin.isTTY === true;
    const reader = readline.createInterface({ input: process.stdin, output: prompts, terminal });
    reader.on('SIGINT', () => process.exit(exitCodes.interrupted));
    const lines = reader[Symbol.asyncIterator]();
    const first = terminal ? null : lines.next();
    const dialogue = new Dialogue(reader, lines, first, prompts);
    if (first === null || (await hasLine(first))) return dialogue;
    dialogue.end();
    return null;
  }

  /** The trimmed answer; `fallback` for an empty one, and when no more lines come. */
  async ask(question: string, fallback: string): Promise<string> {
    this.prompts.write(printable(`${question}${fallback === '' ? '' : ` [${fallback}]`}: `));
    const { value, done } = await (this.next ?? this.lines.next());
    this.next = null;
    // A terminal echoes what is typed.
    if (process.stdin.isTTY !== true) this.prompts.write('\n');
    return done ? fallback : value.trim() || fallback;
  }

  end(): void {
    this.reader.close();
    process.stdin.destroy();
  }
}

type Terminal<T> = T & { isTTY?: boolean };

/**
 * Asks on a terminal whether to do something; null where there is none, whatever is piped in.
 * @param usual the answer of an empty line
 */
export async function confirmOnTerminal(
  question: string,
  usual: boolean,
  input: Terminal<NodeJS.ReadableStream> = process.stdin,
  output: Terminal<NodeJS.WritableStream> = process.stderr,
): Promise<boolean | null> {
  if (!isTerminal(input, output)) return null;
  const reader = readline.createInterface({ input, output });
  reader.on('SIGINT', () => process.exit(exitCodes.interrupted));
  try {
    const line = await new Promise<string>((resolve) => {
      reader.once('close', () => resolve('n'));
      reader.question(printable(`${question} [${usual ? 'Y/n' : 'y/N'}] `), resolve);
    });
    return isYes(line, usual);
  } finally {
    reader.close();
  }
}

/**
 * Asks a person, whatever is piped in.
 * @param what is to be done, such as `Confirming it`
 * @throws QueueError `conflict` where there is no terminal
 */
export async function demandTerminal(question: string, what: string, hint: string): Promise<boolean> {
  const answer = await confirmOnTerminal(question, false);
  if (answer !== null) return answer;
  throw new QueueError(
    'conflict',
    `${what} takes a person on a terminal: what is piped in does not count`,
    hint,
  );
}

/** Whether a person is there to be asked; what is piped in does not count. */
export function isTerminal(
  input: Terminal<NodeJS.ReadableStream> = process.stdin,
  output: Terminal<NodeJS.WritableStream> = process.stderr,
): boolean {
  return input.isTTY === true && output.isTTY === true;
}

/** Whether a line means yes: `y`, `yes`, or where that is usual nothing at all. */
function isYes(line: string, usual: boolean): boolean {
  const answer = line.trim().toLowerCase();
  return answer === '' ? usual : ['y', 'yes'].includes(answer);
}

async function hasLine(first: Promise<IteratorResult<string>>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), firstLineWait);
  });
  const found = await Promise.race([first.then(({ done }) => !done), silence]);
  clearTimeout(timer);
  return found;
}
