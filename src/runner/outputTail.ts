/** Follows the output of a run in its files, whoever writes them. */

import { type Clock, sleep } from '../core/clock';
import type { Log } from '../core/log';
import { type Gap, gapAt, gapNote } from '../core/outputGap';
import { type OutputName, outputNames } from '../core/queue';
import { readOutput, readOutputEnd } from '../store/outputFiles';
import type { LastOutput } from './outcome';

export interface OutputPiece {
  stream: OutputName;
  text: string;
  /** Bytes that were dropped, of which the text says so. */
  gap?: Gap;
}

export type OutputListener = (piece: OutputPiece) => void;

/** Output is read this often while there is a listener, milliseconds. */
const pollInterval = 80;
/** Bytes of one stream that are passed on at a time, so that the two take turns. */
const pieceSize = 128 * 1024;
/** Bytes at the end of an output that a verdict may quote. */
const lastSize = 64 * 1024;

/** Passes the output of one run on to one listener, from the start. */
export class OutputTail {
  private readonly offsets = { stdout: 0, stderr: 0, check: 0 };
  private readonly ended = new AbortController();
  private readonly reading: Promise<void>;
  private stopped = false;

  constructor(
    private readonly host: { storage: string; clock: Clock; log: Log },
    private readonly task: string,
    private readonly attempt: number,
    private readonly listener: OutputListener,
  ) {
    this.reading = this.poll();
  }

  /** Passes on what is left, then stops. */
  async finish(): Promise<void> {
    this.ended.abort();
    await this.reading;
    await this.readAll(true);
    this.stop();
  }

  stop(): void {
    this.stopped = true;
    this.ended.abort();
  }

  private async poll(): Promise<void> {
    while (!this.ended.signal.aborted) {
      await this.readAll(false);
      await sleep(pollInterval, this.host.clock, this.ended.signal);
    }
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

  /** Returns whether there was anything new. */
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
    const gap = gapAt(offset, chunk);
    if (gap) this.listener({ stream, text: `\n${gapNote(gap)}\n`, gap });
    if (chunk.text !== '') this.listener({ stream, text: chunk.text });
    return true;
  }
}

/** A `limited_pattern` is searched in what a run wrote, and in nothing else. */
const noNote = () => '';

/** The last part of each output of a run, and the sizes of those of its program. */
export async function readLastOutput(
  storage: string,
  task: string,
  attempt: number,
): Promise<LastOutput & { stdoutSize: number; stderrSize: number }> {
  const sizeOf = async (stream: OutputName) =>
    (await readOutput(storage, task, attempt, { stream, limit: 1 })).size;
  const endOf = async (stream: OutputName) =>
    (await readOutputEnd({ storage, task, attempt, stream }, lastSize, noNote)) ?? '';
  const [stdout, stderr, check, stdoutSize, stderrSize] = await Promise.all([
    endOf('stdout'),
    endOf('stderr'),
    endOf('check'),
    sizeOf('stdout'),
    sizeOf('stderr'),
  ]);
  return { stdout, stderr, check, stdoutSize, stderrSize };
}
