/** Follows the output of a run in its files, whoever writes them. */

import type { Clock, Timer } from '../core/clock';
import type { Log } from '../core/log';
import type { OutputRequest } from '../core/queue';
import { readOutput } from '../store/outputFiles';
import type { LastOutput } from './outcome';

export interface OutputPiece {
  stream: 'stdout' | 'stderr';
  text: string;
}

export type OutputListener = (piece: OutputPiece) => void;

/** Output is looked for this often while somebody listens, milliseconds. */
const lookEvery = 80;
/** At most this much of one stream is passed on at a time, bytes, so that neither of two drowns the other. */
const pieceSize = 128 * 1024;
/** The end of an output that a verdict may quote, bytes. */
const lastSize = 64 * 1024;

const streams = ['stdout', 'stderr'] as const;

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
    await this.readAll();
    this.stop();
  }

  stop(): void {
    this.stopped = true;
    this.timer?.cancel();
  }

  private arm(wait: number): void {
    this.timer = this.host.clock.after(wait, () => {
      this.reading = this.readAll().then(() => {
        if (!this.stopped) this.arm(lookEvery);
      });
    });
  }

  private async readAll(): Promise<void> {
    try {
      for (let more = true; more && !this.stopped; ) {
        more = false;
        for (const stream of streams) more = (await this.readPiece(stream)) || more;
      }
    } catch (error) {
      this.host.log.error(`Output of ${this.task} could not be read.`, error);
      this.stop();
    }
  }

  /** Answers whether there was anything. */
  private async readPiece(stream: 'stdout' | 'stderr'): Promise<boolean> {
    const offset = this.offsets[stream];
    const chunk = await this.read({ stream, offset, limit: pieceSize });
    if (this.stopped || chunk.next_offset <= offset) return false;
    this.offsets[stream] = chunk.next_offset;
    if (chunk.text !== '') this.listener({ stream, text: chunk.text });
    return true;
  }

  private read(request: OutputRequest) {
    return readOutput(this.host.storage, this.task, this.attempt, request);
  }
}

/** The ends of a run's outputs, with the sizes of the whole. */
export async function readLastOutput(
  storage: string,
  task: string,
  attempt: number,
): Promise<LastOutput & { stdoutSize: number; stderrSize: number }> {
  const [stdout, stderr] = await Promise.all(
    streams.map(async (stream) => {
      const { size } = await readOutput(storage, task, attempt, { stream, limit: 1 });
      return readOutput(storage, task, attempt, {
        stream,
        offset: Math.max(0, size - lastSize),
        limit: lastSize,
      });
    }),
  );
  return {
    stdout: stdout?.text ?? '',
    stderr: stderr?.text ?? '',
    stdoutSize: stdout?.size ?? 0,
    stderrSize: stderr?.size ?? 0,
  };
}
