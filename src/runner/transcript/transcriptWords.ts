/** What is said of the items of a transcript besides what the agent says. Pure: the translator is passed in. */

import { gapNote } from '../../core/outputGap';
import type { Translator } from '../../core/translator';
import type { RunEnd, ToolCall, TranscriptItem } from '../../pages/taskPage/transcript';

export class TranscriptWords {
  /** @param language an IETF tag, that of the translator; undefined: the system's */
  constructor(
    private readonly l10n: Translator,
    private readonly language?: string,
  ) {}

  /** What an item is, on one line; null for what speaks for itself. */
  of(item: TranscriptItem): string | null {
    const { l10n } = this;
    switch (item.kind) {
      case 'message':
      case 'output':
      case 'login':
      case 'question':
        return null;
      case 'call':
        return this.nameOf(item);
      case 'denied':
        return l10n.t('Not permitted: {0}', called(item));
      case 'asked':
        return l10n.t('Waits for a permission: {0}', called(item));
      case 'limit':
        return this.limit(item);
      case 'end':
        return this.end(item);
      case 'gap':
        return gapNote(item);
    }
  }

  private nameOf({ name }: ToolCall): string {
    return name ?? this.l10n.t('Tool call');
  }

  private limit({ name, model, until }: TranscriptItem & { kind: 'limit' }): string {
    const { l10n } = this;
    const what = [name, model !== null && name?.includes(model) !== true && model].filter(Boolean).join(', ');
    const said = what === '' ? l10n.t('Limit reached') : l10n.t('Limit reached: {0}', what);
    if (until === null || typeof until === 'string') return until === null ? said : `${said} · ${until}`;
    return l10n.t('{0} · until {1}', said, this.moment(until));
  }

  /** The time of day, with the day unless that is today. */
  private moment(ms: number): string {
    const today = new Date(ms).toDateString() === new Date().toDateString();
    const day: Intl.DateTimeFormatOptions = today ? {} : { weekday: 'short', month: 'short', day: 'numeric' };
    return new Intl.DateTimeFormat(this.language, { hour: '2-digit', minute: '2-digit', ...day }).format(ms);
  }

  private end({ ok, turns, cost_usd: cost }: RunEnd): string {
    const { l10n } = this;
    return [
      ok ? l10n.t('Done') : l10n.t('Failed'),
      turns !== null && (turns === 1 ? l10n.t('1 turn') : l10n.t('{0} turns', turns)),
      cost !== null && `$${cost.toFixed(2)}`,
    ]
      .filter(Boolean)
      .join(' · ');
  }
}

function called({ tool, input }: { tool: string; input: string | null }): string {
  return input ? `${tool} ${input}` : tool;
}
