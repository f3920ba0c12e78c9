/** Times, durations and sizes as people say them, in the page's language. Pure. */

export class Words {
  private readonly times: Intl.DateTimeFormat;
  private readonly daysAndTimes: Intl.DateTimeFormat;
  private readonly ages: Intl.RelativeTimeFormat;

  constructor(private readonly language: string) {
    this.times = new Intl.DateTimeFormat(language, { timeStyle: 'medium' });
    this.daysAndTimes = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium' });
    this.ages = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  }

  /** The time of day, with the date unless it is today. */
  time(ms: number, now: number): string {
    const today = new Date(ms).toDateString() === new Date(now).toDateString();
    return (today ? this.times : this.daysAndTimes).format(ms);
  }

  /** `850 milliseconds`, `4.2 seconds`, `2 minutes 5 seconds`: at most two units; in short `2 min 5 sec`. */
  duration(ms: number, display: 'long' | 'short' = 'long'): string {
    const seconds = Math.max(0, ms) / 1_000;
    if (seconds < 1) return this.unit(Math.round(seconds * 1_000), 'millisecond', display);
    if (seconds < 10) return this.unit(Math.round(seconds * 10) / 10, 'second', display);
    const steps = [
      ['day', 86_400],
      ['hour', 3_600],
      ['minute', 60],
      ['second', 1],
    ] as const;
    let rest = Math.floor(seconds);
    const parts: string[] = [];
    for (const [unit, size] of steps) {
      const whole = Math.floor(rest / size);
      rest -= whole * size;
      if (whole > 0) parts.push(this.unit(whole, unit, display));
      // A unit that is not there ends the list: of hours and seconds the seconds say nothing.
      else if (parts.length > 0) break;
      if (parts.length === 2) break;
    }
    return parts.join(' ');
  }

  /** `2 minutes ago` */
  ago(ms: number, now: number): string {
    const seconds = Math.max(0, Math.floor((now - ms) / 1_000));
    if (seconds < 60) return this.ages.format(-seconds, 'second');
    if (seconds < 3_600) return this.ages.format(-Math.floor(seconds / 60), 'minute');
    if (seconds < 86_400) return this.ages.format(-Math.floor(seconds / 3_600), 'hour');
    return this.ages.format(-Math.floor(seconds / 86_400), 'day');
  }

  /** `812 bytes`, `2.3 kB`, `100 MB`, in steps of 1000. */
  size(bytes: number): string {
    if (bytes < 1_000) return this.unit(bytes, 'byte', 'long');
    if (bytes < 1_000_000) return this.unit(Math.round(bytes / 100) / 10, 'kilobyte', 'short');
    return this.unit(Math.round(bytes / 100_000) / 10, 'megabyte', 'short');
  }

  private unit(value: number, unit: string, unitDisplay: 'long' | 'short'): string {
    return new Intl.NumberFormat(this.language, { style: 'unit', unit, unitDisplay }).format(value);
  }
}
