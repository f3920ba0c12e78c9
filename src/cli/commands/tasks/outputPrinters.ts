/** Print the output of a task as it is read: as it is, or as the transcript of an agent. */

import { OutputFilter } from '../../../core/outputFilter';
import { type Gap, gapNote } from '../../../core/outputGap';
import type { OutputEncoding } from '../../../core/queue';
import { english } from '../../../core/translator';
import { AgentTranscript, type TranscribedRun } from '../../../runner/transcript/agentTranscript';
import { TranscriptText } from '../../../runner/transcript/transcriptText';
import { writeError, writeRaw } from '../../terminal/streams';

export interface OutputPrinter {
  /** Of the text to print. */
  readonly encoding: OutputEncoding;
  print(text: string): void;
  /** Bytes that were dropped before what follows. */
  gap(gap: Gap): void;
  /** A line of ours, on stderr. */
  note(text: string): void;
  /** Prints what was held back; call when no more follows. */
  end(): void;
}

/** Writes to a stream, and lines of ours to stderr between that. */
class Writer {
  readonly terminal: boolean;
  private atLineStart = true;

  constructor(private readonly to: NodeJS.WriteStream) {
    this.terminal = to.isTTY === true;
  }

  write(text: string, encoding: OutputEncoding): void {
    if (text === '') return;
    writeRaw(Buffer.from(text, encoding), this.to);
    this.atLineStart = text.endsWith('\n');
  }

  /** On stderr, since stdout is data; on a terminal it gets a line of its own. */
  note(text: string): void {
    writeError(`${this.terminal && !this.atLineStart ? '\n' : ''}${text}\n`);
    this.atLineStart = true;
  }
}

/** Prints output byte for byte; on a terminal without what could do more than colour it, unless asked for `raw`. */
export class PlainPrinter implements OutputPrinter {
  private readonly writer: Writer;
  private readonly filter: OutputFilter | null;
  readonly encoding: OutputEncoding;

  constructor(raw: boolean, to: NodeJS.WriteStream) {
    this.writer = new Writer(to);
    this.filter = this.writer.terminal && !raw ? new OutputFilter(false) : null;
    this.encoding = this.filter === null ? 'latin1' : 'utf-8';
  }

  print(text: string): void {
    this.writer.write(this.filter?.next(text) ?? text, this.encoding);
  }

  gap(gap: Gap): void {
    this.note(gapNote(gap));
  }

  note(text: string): void {
    this.end();
    this.writer.note(text);
  }

  /** Of a control sequence that is not going to be completed. */
  end(): void {
    this.writer.write(this.filter?.rest() ?? '', this.encoding);
  }
}

/** Prints what an agent has said and done. */
export class TranscriptPrinter implements OutputPrinter {
  readonly encoding = 'latin1';
  private readonly writer: Writer;
  private readonly transcript: AgentTranscript;
  private readonly text: TranscriptText;

  constructor(run: TranscribedRun, to: NodeJS.WriteStream) {
    this.writer = new Writer(to);
    this.transcript = new AgentTranscript(run);
    const colours = this.writer.terminal && !process.env.NO_COLOR;
    this.text = new TranscriptText({ colours, l10n: english, language: 'en' });
  }

  print(text: string): void {
    this.write(this.text.next(this.transcript.push(Buffer.from(text, 'latin1'))));
  }

  gap(gap: Gap): void {
    this.write(this.text.next(this.transcript.skip(gap)));
  }

  note(text: string): void {
    this.end();
    this.writer.note(text);
  }

  end(): void {
    this.write(this.text.next(this.transcript.end()) + this.text.rest());
  }

  private write(text: string): void {
    this.writer.write(text, 'utf-8');
  }
}
