/** Texts, times and numbers in the page's language. */

import { english } from '../../../core/translator';
import type { DashboardStart, DashboardTexts } from '../../dashboard/dashboardTexts';
import type { RunState } from '../../dashboard/runStates';
import { Formatter } from '../shared/formatter';

export class DashboardL10n extends Formatter {
  readonly texts: DashboardTexts;

  constructor({ language, texts }: DashboardStart) {
    // The reader's own variety of the language decides how times are written.
    super(navigator.languages.find((own) => own.split('-')[0] === language) ?? language);
    this.texts = texts;
  }

  /** A text with the values in place of `{0}`, `{1}` ... */
  fill(name: keyof DashboardTexts, ...values: (string | number)[]): string {
    return english.t(
      this.texts[name],
      ...values.map((value) => (typeof value === 'number' ? this.number(value) : value)),
    );
  }

  stateName(state: RunState): string {
    return this.texts[state === 'running' ? 'runningNow' : state];
  }
}
