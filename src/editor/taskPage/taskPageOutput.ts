/** Reads an attempt's output for its page: the end first, then what is added, and earlier output on request. */

import { Coalescer } from '../../core/coalescer';
import type { Log } from '../../core/log';
import { gapAt } from '../../core/outputGap';
import {
  type OutputChunk,
  type OutputName,
  type OutputWatch,
  outputNames,
  type Queue,
  type WatchOutput,
} from '../../core/queue';
import type { OutputPart } from '../../pages/taskPage/taskPageProtocol';
import type { TranscribedRun } from '../../runner/transcript/agentTranscript';
import { type ReadTranscript, TaskPageTranscript, type TranscriptHost } from './taskPageTranscript';

/** Bytes that are read at a time. */
const pieceSize = 256 * 1024;
/** A page that is more bytes behind than this skips to the end. */
const furthestBehind = 4 * pieceSize;
/** Milliseconds between two reads while a run prints. */
const readGap = 100;

export type ReadPart = Omit<OutputPart, 'files'>;

export interface OutputHost {
  queue: Pick<Queue, 'readOutput'>;
  watchOutput: WatchOutput;
  log: Log;
  /** Called with the parts in order. */
  take: (part: ReadPart) => Promise<void>;
  takeTranscript: (part: ReadTranscript) => Promise<void>;
}

export class TaskPageOutput {
  private readonly reading: Coalescer;
  private readonly watching: OutputWatch;
  /** Where the next part of each stream begins; -1 before the first read. */
  private readonly next: Record<OutputName, number> = { stdout: -1, stderr: -1, check: -1 };
  private ended = false;
  /** Whether the attempt has ended, so that nothing will follow. */
  private over = false;
  private readonly transcript: TaskPageTranscript | null;

  /** @param transcribed how stdout is read as a transcript; null: it is shown as it is */
  constructor(
    private readonly host: OutputHost,
    private readonly task: string,
    readonly attempt: number,
    readonly transcribed: TranscribedRun | null = null,
  ) {
    this.transcript = transcribed && new TaskPageTranscript(this.transcriptHost(), transcribed);
    this.reading = new Coalescer(() => this.readAll(), { gap: readGap });
    this.watching = host.watchOutput(task, attempt, () => this.readNew());
    this.readNew();
  }

  /** Reads what was printed since. */
  readNew(): void {
    this.reading.request();
  }

  /** Reads the rest. */
  readEndOfRun(): void {
    this.over = true;
    this.readNew();
  }

  /** Reads what was printed before byte `before`. */
  async readEarlier(stream: OutputName, before: number): Promise<void> {
    if (stream === 'stdout' && this.transcript) {
      this.transcript.showEarlier();
      this.readNew();
      return;
    }
    const { dropped } = await this.read(stream, 0, 1);
    const end = dropped && before > dropped.from && before <= dropped.to ? dropped.from : before;
    const floor = dropped && end > dropped.to ? dropped.to : 0;
    const offset = Math.max(floor, end - pieceSize);
    if (offset < end)
      await this.pass(stream, 'before', offset, await this.read(stream, offset, end - offset));
  }

  dispose(): void {
    this.ended = true;
    this.transcript?.dispose();
    this.reading.stop();
    this.watching.dispose();
  }

  private transcriptHost(): TranscriptHost {
    const { queue, takeTranscript: take } = this.host;
    const of = { stream: 'stdout', attempt: this.attempt, encoding: 'latin1' } as const;
    return { take, read: (offset, limit) => queue.readOutput(this.task, { ...of, offset, limit }) };
  }

  private async readAll(): Promise<void> {
    this.watching.watchNew();
    try {
      for (const stream of outputNames)
        await (stream === 'stdout' && this.transcript
          ? this.transcript.readOn(this.over)
          : this.readOn(stream));
    } catch (error) {
      if (!this.ended) this.host.log.error(`Output of ${this.task} could not be read for its page`, error);
    }
  }

  private async readOn(stream: OutputName): Promise<void> {
    if (this.next[stream] < 0) await this.readEnd(stream);
    while (!this.ended) {
      const from = this.next[stream];
      const chunk = await this.read(stream, from, pieceSize);
      const behind = chunk.size - from;
      if (behind < 0 || behind > furthestBehind) {
        await this.readEnd(stream);
        this.readNew();
        return;
      }
      if (chunk.next_offset <= from) return;
      await this.pass(stream, 'after', from, chunk);
    }
  }

  /** Starts over at the end of the output: at first, and when a late result has replaced it. */
  private async readEnd(stream: OutputName): Promise<void> {
    const { size } = await this.read(stream, 0, 1);
    const offset = Math.max(0, size - pieceSize);
    await this.pass(stream, 'all', offset, await this.read(stream, offset, pieceSize));
  }

  private read(stream: OutputName, offset: number, limit: number): Promise<OutputChunk> {
    return this.host.queue.readOutput(this.task, { stream, attempt: this.attempt, offset, limit });
  }

  private async pass(
    stream: OutputName,
    place: OutputPart['place'],
    offset: number,
    chunk: OutputChunk,
  ): Promise<void> {
    const { size, dropped } = chunk;
    const read = { text: chunk.text, from: gapAt(offset, chunk)?.to ?? offset, to: chunk.next_offset };
    const cut = place === 'after' ? read : fromLineStart(read);
    if (place !== 'before') this.next[stream] = chunk.next_offset;
    if (this.ended) return;
    await this.host.take({ attempt: this.attempt, stream, place, ...cut, size, dropped });
  }
}

type Text = Pick<OutputPart, 'text' | 'from' | 'to'>;

/**
 * The text from its first whole line on, so that it does not begin with part of a line or a character. Text that is not
 * UTF-8 stays as it is, because its bytes cannot be counted.
 */
export function fromLineStart({ text, from, to }: Text): Text {
  const start = text.indexOf('\n') + 1;
  if (from === 0 || start === 0 || start === text.length || text.includes('\ufffd'))
    return { text, from, to };
  const rest = text.slice(start);
  return { text: rest, from: to - Buffer.byteLength(rest), to };
}
