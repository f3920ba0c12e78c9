/** Durations in a reader's language. Pure. */

/** From the largest, with their seconds. */
export const units = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

type UnitWidth = 'long' | 'short' | 'narrow';

export class Durations {
  /** The shortest one that readers know: `5m` in English, `5 Min.` in German. */
  private readonly usual: UnitWidth;
  /** Made when first needed: making one takes half as long as loading the whole extension. */
  private readonly formats = new Map<string, Intl.NumberFormat>();

  /** @param language an IETF tag */
  constructor(protected readonly language: string) {
    this.usual = /^en\b/i.test(language) ? 'narrow' : 'short';
  }

  /** The largest unit: `1.2s`, `42s`, `5m`, `3h`, `2d`. */
  brief(ms: number): string {
    return this.spell(ms, 1, this.usual);
  }

  /** At most two units: `850ms`, `4.2s`, `2m 5s`, `3h 12m`; long `2 minutes 5 seconds`. */
  duration(ms: number, width = this.usual): string {
    if (ms < 1_000) return this.withUnit(Math.floor(Math.max(0, ms)), 'millisecond', width);
    return this.spell(ms, 2, width);
  }

  /** All units: `1m 30s`, `1d 1s`. @param seconds a whole number */
  exact(seconds: number): string {
    return this.spell(seconds * 1_000, units.length, this.usual);
  }

  /** A number with one decimal and its unit: `2.3 kB`. @param unit one that `Intl` knows */
  protected withUnit(value: number, unit: string, unitDisplay: UnitWidth): string {
    const key = `${unit} ${unitDisplay}`;
    const known = this.formats.get(key);
    const style = { style: 'unit', unit, unitDisplay, maximumFractionDigits: 1 } as const;
    const format = known ?? new Intl.NumberFormat(this.language, style);
    if (!known) this.formats.set(key, format);
    return format.format(value);
  }

  /** The largest unit and those that follow it, without zeros; tenths of seconds below ten seconds. */
  private spell(ms: number, parts: number, width: UnitWidth): string {
    const seconds = Math.max(0, ms) / 1_000;
    if (seconds < 10) return this.withUnit(seconds, 'second', width);
    let rest = Math.floor(seconds);
    const largest = units.findIndex(([, size]) => rest >= size);
    const words: string[] = [];
    for (const [unit, size] of units.slice(largest, largest + parts)) {
      const count = Math.floor(rest / size);
      rest -= count * size;
      if (count > 0) words.push(this.withUnit(count, unit, width));
    }
    return words.join(' ');
  }
}
