/** Texts, times and numbers in the page's language. */

import type { DashboardStart, DashboardTexts } from '../../dashboardTexts';
import type { Look } from '../../runLooks';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

export class Words {
  readonly texts: DashboardTexts;
  readonly #language: string;
  readonly #clock: Intl.DateTimeFormat;
  readonly #clockWithSeconds: Intl.DateTimeFormat;
  readonly #day: Intl.DateTimeFormat;
  readonly #moment: Intl.DateTimeFormat;
  readonly #whole: Intl.NumberFormat;
  readonly #units = new Map<string, Intl.NumberFormat>();

  constructor({ language: spoken, texts }: DashboardStart) {
    this.texts = texts;
    // The person's own variety of the language decides how times look.
    const language = navigator.languages.find((own) => own.split('-')[0] === spoken) ?? spoken;
    this.#language = language;
    this.#clock = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit' });
    this.#clockWithSeconds = new Intl.DateTimeFormat(language, { timeStyle: 'medium' });
    this.#day = new Intl.DateTimeFormat(language, { weekday: 'short', day: 'numeric', month: 'short' });
    this.#moment = new Intl.DateTimeFormat(language, {
      month: 'short',
      day: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    this.#whole = new Intl.NumberFormat(language);
  }

  /** A text with values in the places of `{0}`, `{1}` ... */
  say(name: keyof DashboardTexts, ...values: (string | number)[]): string {
    return this.texts[name].replace(/\{(\d)\}/g, (place, at) => {
      const value = values[Number(at)] ?? place;
      return typeof value === 'number' ? this.#whole.format(value) : value;
    });
  }

  look(look: Look): string {
    return this.texts[look === 'running' ? 'runningNow' : look];
  }

  number(value: number): string {
    return this.#whole.format(value);
  }

  /** At most two units: `850ms`, `4.2s`, `2m 5s`, `3h 12m`, `2d 4h`. */
  duration(ms: number): string {
    if (ms < second) return this.#unit('millisecond', Math.round(ms));
    if (ms < 10 * second) return this.#unit('second', Math.round(ms / 100) / 10);
    const rounded = Math.round(ms / second) * second;
    if (rounded < minute) return this.#unit('second', rounded / second);
    if (rounded < hour) return this.#two(rounded, ['minute', minute], ['second', second]);
    if (rounded < day) return this.#two(rounded, ['hour', hour], ['minute', minute]);
    return this.#two(rounded, ['day', day], ['hour', hour]);
  }

  /** A time on an axis: midnight is a day. */
  tick(ms: number, step: number): string {
    const at = new Date(ms);
    if (at.getHours() === 0 && at.getMinutes() === 0 && at.getSeconds() === 0) return this.#day.format(at);
    return (step < minute ? this.#clockWithSeconds : this.#clock).format(at);
  }

  moment(ms: number): string {
    return this.#moment.format(ms);
  }

  #two(ms: number, [unit, size]: [string, number], [below, small]: [string, number]): string {
    const whole = Math.floor(ms / size);
    const rest = Math.floor((ms - whole * size) / small);
    return rest === 0 ? this.#unit(unit, whole) : `${this.#unit(unit, whole)} ${this.#unit(below, rest)}`;
  }

  #unit(unit: string, value: number): string {
    const known = this.#units.get(unit);
    const format =
      known ?? new Intl.NumberFormat(this.#language, { style: 'unit', unit, unitDisplay: 'narrow' });
    if (!known) this.#units.set(unit, format);
    return format.format(value);
  }
}
