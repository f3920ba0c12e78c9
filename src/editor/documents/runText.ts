/** Makes the text that a terminal shows of a run from what the run writes, as it comes. */

import { OutputFilter } from '../../core/outputFilter';
import type { Translator } from '../../core/translator';
import type { OutputPiece } from '../../runner/outputTail';
import { AgentTranscript, type TranscribedRun } from '../../runner/transcript/agentTranscript';
import { TranscriptText } from '../../runner/transcript/transcriptText';

export interface RunText {
  /** What there is to write since the last piece. */
  next(piece: OutputPiece): string;
  /** What was held back; call when no more follows. */
  rest(): string;
}

/** The output as it is. */
export class PlainRunText implements RunText {
  /** Nobody watches: what runs may draw here, but not set the clipboard. */
  private readonly filter = new OutputFilter(true);

  next({ text }: OutputPiece): string {
    return this.filter.next(text);
  }

  rest(): string {
    return this.filter.rest();
  }
}

/** The transcript of an agent, and what else is written: to stderr, and by its check. */
export class AgentRunText implements RunText {
  private readonly transcript: AgentTranscript;
  private readonly text: TranscriptText;
  private readonly filter = new OutputFilter(true);

  constructor(run: TranscribedRun, l10n: Translator, language: string) {
    this.transcript = new AgentTranscript(run);
    this.text = new TranscriptText({ colours: true, l10n, language });
  }

  next({ stream, text, gap }: OutputPiece): string {
    if (stream !== 'stdout') return this.text.other(this.filter.next(text));
    return this.text.next(gap ? this.transcript.skip(gap) : this.transcript.push(Buffer.from(text)));
  }

  rest(): string {
    const said = this.text.next(this.transcript.end());
    return said + this.text.other(this.filter.rest()) + this.text.rest();
  }
}
