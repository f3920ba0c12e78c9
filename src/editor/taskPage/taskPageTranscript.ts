/** Reads the output of an agent's attempt as a transcript for its page: the end first, then what is added. */

import { gapAt } from '../../core/outputGap';
import type { OutputChunk } from '../../core/queue';
import type { TranscriptChange } from '../../pages/taskPage/transcript';
import { AgentTranscript, type TranscribedRun } from '../../runner/transcript/agentTranscript';

/** Bytes that are read at a time, and from the end at first. */
const pieceSize = 256 * 1024;
/** Bytes that are read back from the end at most; a page that is further behind starts over there. */
const furthestBack = 16 * 1024 * 1024;
/** Of more items, the page gets the last ones. */
const mostItems = 5_000;

export interface ReadTranscript {
  /** Replaces what is shown, or is added after it. */
  place: 'all' | 'after';
  changes: readonly TranscriptChange[];
  /** Bytes before the first that the whole transcript tells of. */
  from: number;
  /** Of the whole output. */
  size: number;
  /** Whether what came before can be read on request. */
  earlier: boolean;
}

export interface TranscriptHost {
  /** Reads every byte as a character. */
  read: (offset: number, limit: number) => Promise<OutputChunk>;
  take: (part: ReadTranscript) => Promise<void>;
}

export class TaskPageTranscript {
  private transcript: AgentTranscript | undefined;
  private next = 0;
  /** Bytes before the first that is shown, and how many have been read from there on. */
  private from = 0;
  private read = 0;
  /** Whether there were more items than the page gets. */
  private full = false;
  /** Bytes that are read from the end when it starts over. */
  private span = pieceSize;
  private ended = false;

  constructor(
    private readonly host: TranscriptHost,
    private readonly run: TranscribedRun,
  ) {}

  /** Has the next `readOn` start over, further back. */
  showEarlier(): void {
    this.span = Math.min(furthestBack, 2 * this.read);
    this.transcript = undefined;
  }

  dispose(): void {
    this.ended = true;
  }

  /**
   * Reads to the current end.
   * @param over whether nothing will follow: a last line needs no end then
   */
  async readOn(over = false): Promise<void> {
    while (!this.ended) {
      const transcript = this.transcript ?? (await this.begin());
      const chunk = await this.host.read(this.next, pieceSize);
      // It was asked for more meanwhile.
      if (this.transcript !== transcript) continue;
      const behind = chunk.size - this.next;
      if (behind < 0 || behind > furthestBack) {
        this.span = pieceSize;
        this.transcript = undefined;
      } else if (chunk.next_offset <= this.next) {
        if (over) await this.finish(transcript, chunk.size);
        return;
      } else await this.pass('after', this.follow(transcript, chunk), chunk.size);
    }
  }

  private async finish(transcript: AgentTranscript, size: number): Promise<void> {
    const rest = transcript.end();
    if (rest.length > 0) await this.pass('after', rest, size);
  }

  /** Starts over near the end: as far back as it takes to have something to show. */
  private async begin(): Promise<AgentTranscript> {
    for (; ; this.span = Math.min(furthestBack, 2 * this.span)) {
      const { size, dropped } = await this.host.read(0, 1);
      const start = startOf(size, dropped, this.span);
      const transcript = new AgentTranscript(this.run, start);
      const changes: TranscriptChange[] = [];
      this.next = start;
      this.read = 0;
      while (this.next < size && !this.ended) {
        const chunk = await this.host.read(this.next, pieceSize);
        if (chunk.next_offset <= this.next) break;
        changes.push(...this.follow(transcript, chunk));
      }
      if (changes.length === 0 && start > 0 && this.span < furthestBack && !this.ended) continue;
      this.transcript = transcript;
      const shown = lastItems(changes);
      this.full = shown.length < changes.length;
      this.from = this.full ? (shown[0]?.id ?? start) : start;
      await this.pass('all', shown, size);
      return transcript;
    }
  }

  private follow(transcript: AgentTranscript, chunk: OutputChunk): TranscriptChange[] {
    const gap = gapAt(this.next, chunk);
    this.next = chunk.next_offset;
    this.read += chunk.text.length;
    const skipped = gap === null ? [] : transcript.skip(gap);
    return [...skipped, ...transcript.push(Buffer.from(chunk.text, 'latin1'))];
  }

  private async pass(
    place: ReadTranscript['place'],
    changes: readonly TranscriptChange[],
    size: number,
  ): Promise<void> {
    const { from, full } = this;
    if (this.ended) return;
    const earlier = from > 0 && !full && this.read < furthestBack;
    await this.host.take({ place, changes, from, size, earlier });
  }
}

/** Where the last `span` bytes begin that were kept. */
function startOf(size: number, dropped: OutputChunk['dropped'], span: number): number {
  const afterGap = dropped === null ? size : size - dropped.to;
  if (dropped === null || span <= afterGap) return Math.max(0, size - span);
  return Math.max(0, dropped.from - (span - afterGap));
}

/** From the first change on of the last items. */
function lastItems(changes: readonly TranscriptChange[]): readonly TranscriptChange[] {
  const starts = changes.flatMap(({ kind }, index) => (kind === 'new' ? [index] : []));
  return starts.length > mostItems ? changes.slice(starts.at(-mostItems)) : changes;
}
