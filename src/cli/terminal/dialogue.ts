/** Asks questions on a terminal, or takes the answers from lines on stdin; without either every answer is the default. */

import readline from 'node:readline';
import { exitCodes } from './errors';

/** How long lines may take to begin where stdin is no terminal, milliseconds: a pipe may be open with nobody behind it. */
const firstLineWait = 1_000;

export class Dialogue {
  private readonly reader: readline.Interface;
  private readonly lines: string[] = [];
  private wake: () => void = () => {};
  private over = false;

  /** @param prompts where questions are written */
  private constructor(private readonly prompts: NodeJS.WritableStream) {
    this.reader = readline.createInterface({
      input: process.stdin,
      output: prompts,
      terminal: process.stdin.isTTY === true,
    });
    this.reader.on('line', (line) => {
      this.lines.push(line);
      this.wake();
    });
    this.reader.on('close', () => {
      this.over = true;
      this.wake();
    });
    this.reader.on('SIGINT', () => process.exit(exitCodes.interrupted));
  }

  /** A dialogue when somebody is there to answer; null when nobody is. */
  static async begin(prompts: NodeJS.WritableStream): Promise<Dialogue | null> {
    const dialogue = new Dialogue(prompts);
    if (process.stdin.isTTY !== true && !(await dialogue.hasLines())) {
      dialogue.end();
      return null;
    }
    return dialogue;
  }

  /** The trimmed answer; `fallback` for an empty one, and when no more lines come. */
  async ask(question: string, fallback: string): Promise<string> {
    this.prompts.write(`${question}${fallback === '' ? '' : ` [${fallback}]`}: `);
    if (this.lines.length === 0 && !this.over) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    // What is typed on a terminal shows there by itself.
    if (process.stdin.isTTY !== true) this.prompts.write('\n');
    return this.lines.shift()?.trim() || fallback;
  }

  end(): void {
    this.reader.close();
    process.stdin.destroy();
  }

  private async hasLines(): Promise<boolean> {
    if (this.lines.length === 0 && !this.over) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        timer = setTimeout(resolve, firstLineWait);
      });
      clearTimeout(timer);
    }
    return this.lines.length > 0;
  }
}
