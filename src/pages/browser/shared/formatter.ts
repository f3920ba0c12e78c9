/** Times, durations, sizes and numbers in the reader's language. Pure. */

const units = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

const zoned = { hour: '2-digit', minute: '2-digit', second: '2-digit', timeZoneName: 'short' } as const;

type Width = 'long' | 'short' | 'narrow';

export class Formatter {
  readonly #clock: Intl.DateTimeFormat;
  readonly #clockWithSeconds: Intl.DateTimeFormat;
  readonly #day: Intl.DateTimeFormat;
  readonly #time: Intl.DateTimeFormat;
  readonly #dayAndTime: Intl.DateTimeFormat;
  readonly #moment: Intl.DateTimeFormat;
  readonly #ages: Intl.RelativeTimeFormat;
  readonly #numbers: Intl.NumberFormat;
  readonly #units = new Map<string, Intl.NumberFormat>();

  constructor(private readonly language: string) {
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

  /** At most two units: `4.2 seconds`, `2 minutes 5 seconds`; short `2 min 5 sec`; narrow `2m 5s`. */
  duration(ms: number, width: Width = 'long'): string {
    const seconds = Math.max(0, ms) / 1_000;
    if (seconds < 1) return this.#unit(Math.round(seconds * 1_000), 'millisecond', width);
    if (seconds < 10) return this.#unit(Math.round(seconds * 10) / 10, 'second', width);
    const whole = Math.floor(seconds);
    const largest = units.findIndex(([, size]) => whole >= size);
    let rest = whole;
    return units
      .slice(largest, largest + 2)
      .map(([unit, size], index) => {
        const count = Math.floor(rest / size);
        rest -= count * size;
        return count > 0 || index === 0 ? this.#unit(count, unit, width) : '';
      })
      .filter(Boolean)
      .join(' ');
  }

  /** `2 minutes ago` */
  ago(ms: number, now: number): string {
    const seconds = Math.max(0, Math.floor((now - ms) / 1_000));
    const [unit, size] = units.find(([, size]) => seconds >= size) ?? (['second', 1] as const);
    return this.#ages.format(-Math.floor(seconds / size), unit);
  }

  /** `812 bytes`, `2.3 kB`, `100 MB`, in steps of 1000. */
  size(bytes: number): string {
    if (bytes < 1_000) return this.#unit(bytes, 'byte', 'long');
    if (bytes < 1_000_000) return this.#unit(Math.round(bytes / 100) / 10, 'kilobyte', 'short');
    return this.#unit(Math.round(bytes / 100_000) / 10, 'megabyte', 'short');
  }

  #unit(value: number, unit: string, unitDisplay: Width): string {
    const key = `${unit} ${unitDisplay}`;
    const known = this.#units.get(key);
    const format = known ?? new Intl.NumberFormat(this.language, { style: 'unit', unit, unitDisplay });
    if (!known) this.#units.set(key, format);
    return format.format(value);
  }
}
