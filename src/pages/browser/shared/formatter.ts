/** Times, durations, sizes and numbers in the reader's language. Pure. */

import { Durations, units } from '../../../core/durations';

const zoned = { hour: '2-digit', minute: '2-digit', second: '2-digit', timeZoneName: 'short' } as const;

export class Formatter extends Durations {
  readonly #clock: Intl.DateTimeFormat;
  readonly #clockWithSeconds: Intl.DateTimeFormat;
  readonly #day: Intl.DateTimeFormat;
  readonly #time: Intl.DateTimeFormat;
  readonly #dayAndTime: Intl.DateTimeFormat;
  readonly #moment: Intl.DateTimeFormat;
  readonly #ages: Intl.RelativeTimeFormat;
  readonly #numbers: Intl.NumberFormat;

  constructor(language: string) {
    super(language);
    this.#clock = new Intl.DateTimeFormat(language, { timeStyle: 'short' });
    this.#clockWithSeconds = new Intl.DateTimeFormat(language, { timeStyle: 'medium' });
    this.#day = new Intl.DateTimeFormat(language, { weekday: 'short', day: 'numeric', month: 'short' });
    this.#time = new Intl.DateTimeFormat(language, zoned);
    this.#moment = new Intl.DateTimeFormat(language, { month: 'short', day: 'numeric', ...zoned });
    this.#dayAndTime = new Intl.DateTimeFormat(language, {
      year: 'numeric',
      month: 'short',
      day: 'numeric',
      ...zoned,
    });
    this.#ages = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
    this.#numbers = new Intl.NumberFormat(language);
  }

  number(value: number): string {
    return this.#numbers.format(value);
  }

  /** The time of day with its zone, and with the date unless it is the day of `now`. */
  time(ms: number, now: number): string {
    const today = new Date(ms).toDateString() === new Date(now).toDateString();
    return (today ? this.#time : this.#dayAndTime).format(ms);
  }

  /** Day and time with its zone, without the year. */
  moment(ms: number): string {
    return this.#moment.format(ms);
  }

  /** A time on an axis whose ticks are `step` milliseconds apart; at midnight the day. */
  tick(ms: number, step: number): string {
    if (new Date(ms).setHours(0, 0, 0, 0) === ms) return this.#day.format(ms);
    return (step < 60_000 ? this.#clockWithSeconds : this.#clock).format(ms);
  }

  /** `2 minutes ago` */
  ago(ms: number, now: number): string {
    const seconds = Math.max(0, Math.floor((now - ms) / 1_000));
    const [unit, size] = units.find(([, size]) => seconds >= size) ?? (['second', 1] as const);
    return this.#ages.format(-Math.floor(seconds / size), unit);
  }

  /** `812 bytes`, `2.3 kB`, `100 MB`, in steps of 1000. */
  size(bytes: number): string {
    if (bytes < 1_000) return this.withUnit(bytes, 'byte', 'long');
    if (bytes < 1_000_000) return this.withUnit(bytes / 1_000, 'kilobyte', 'short');
    return this.withUnit(bytes / 1_000_000, 'megabyte', 'short');
  }
}
