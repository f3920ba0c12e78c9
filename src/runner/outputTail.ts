/** Follows the output of a run in its files, whoever writes them. */

import type { Clock, Timer } from '../core/clock';
import type { Log } from '../core/log';
import { type OutputName, outputNames, readOutput, readOutputEnd } from '../store/outputFiles';
import type { LastOutput } from './outcome';

export interface OutputPiece {
  stream: OutputName;
  text: string;
}

export type OutputListener = (piece: OutputPiece) => void;

/** Output is looked for this often while somebody listens, milliseconds. */
const lookEvery = 80;
/** At most this much of one stream is passed on at a time, bytes, so that neither of two drowns the other. */
const pieceSize = 128 * 1024;
/** The end of an output that a verdict may quote, bytes. */
const lastSize = 64 * 1024;

/** Passes the output of one run on to one listener, from its beginning. */
export class OutputTail {
  private readonly offsets = { stdout: 0, stderr: 0 };
  private timer: Timer | null = null;
  private reading: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    private readonly host: { storage: string; clock: Clock; log: Log },
    private readonly task: string,
    private readonly attempt: number,
    private readonly listener: OutputListener,
  ) {
    this.arm(0);
  }

  /** Passes on what is left and stops. */
  async finish(): Promise<void> {
    this.timer?.cancel();
    await this.reading;
    await this.readAll(true);
    this.stop();
  }

  stop(): void {
    this.stopped = true;
    this.timer?.cancel();
  }

  private arm(wait: number): void {
    this.timer = this.host.clock.after(wait, () => {
      this.reading = this.readAll(false).then(() => {
        if (!this.stopped) this.arm(lookEvery);
      });
    });
  }

  private async readAll(ended: boolean): Promise<void> {
    try {
      for (let more = true; more && !this.stopped; ) {
        more = false;
        for (const stream of outputNames) more = (await this.readPiece(stream, ended)) || more;
      }
    } catch (error) {
      this.host.log.error(`Output of ${this.task} could not be read.`, error);
      this.stop();
    }
  }

  /** Answers whether there was anything. */
  private async readPiece(stream: OutputName, ended: boolean): Promise<boolean> {
    const { storage } = this.host;
    const offset = this.offsets[stream];
    const chunk = await readOutput(
      storage,
      this.task,
      this.attempt,
      { stream, offset, limit: pieceSize },
      ended,
    );
    if (this.stopped || chunk.next_offset <= offset) return false;
    this.offsets[stream] = chunk.next_offset;
    const gap = chunk.dropped;
    if (gap && gap.from <= offset && offset < gap.to) {
      this.listener({ stream, text: `\n[${gap.to - offset} bytes were not kept]\n` });
    }
    if (chunk.text !== '') this.listener({ stream, text: chunk.text });
    return true;
  }
}

/** The ends of a run's outputs, with the sizes of the whole. */
export async function readLastOutput(
  storage: string,
  task: string,
  attempt: number,
): Promise<LastOutput & { stdoutSize: number; stderrSize: number }> {
  const sizeOf = async (stream: OutputName) =>
    (await readOutput(storage, task, attempt, { stream, limit: 1 })).size;
  const endOf = async (stream: OutputName) =>
    (await readOutputEnd({ storage, task, attempt, stream }, lastSize)) ?? '';
  const [stdout, stderr, stdoutSize, stderrSize] = await Promise.all([
    endOf('stdout'),
    endOf('stderr'),
    sizeOf('stdout'),
    sizeOf('stderr'),
  ]);
  return { stdout, stderr, stdoutSize, stderrSize };
}
