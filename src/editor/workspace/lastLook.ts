import type * as vscode from 'vscode';
import { fromInstant, type Instant, toInstant } from '../../core/clock';

/** A time in which nobody looked at the results. */
export interface Absence {
  from: Instant;
  to: Instant;
}

interface Looks {
  last?: Instant;
  absence?: Absence;
}

const key = 'lastLook';

/** Whoever looks away for less than these milliseconds was not away. */
const shortestAbsence = 30 * 60_000;
/** Milliseconds between two notes of somebody who goes on looking. */
const noteInterval = 60_000;

/** When a person last looked at the results, and the last time that they were away; kept in the workspace state. */
export class LastLook {
  private looks: Looks;
  private notedAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly memory: vscode.Memento) {
    this.looks = memory.get<Looks>(key, {});
  }

  /** The absence whose summary is due; undefined if there was none or its summary was dismissed. */
  get absence(): Absence | undefined {
    return this.looks.absence;
  }

  /** The person begins to look. Answers whether they were away. @param now wall-clock milliseconds */
  arrive(now: number): boolean {
    const { last } = this.looks;
    const away = last !== undefined && now - fromInstant(last) >= shortestAbsence;
    this.keep({ last: toInstant(now), absence: away ? { from: last, to: toInstant(now) } : this.absence });
    return away;
  }

  /** The person still looks, or looks away now. */
  stay(now: number): void {
    if (now - this.notedAt >= noteInterval) this.keep({ ...this.looks, last: toInstant(now) });
  }

  /** Has a summary begin there instead. */
  since(from: number, now: number): void {
    this.keep({ last: toInstant(now), absence: { from: toInstant(from), to: toInstant(now) } });
  }

  dismiss(): void {
    this.keep({ last: this.looks.last });
  }

  private keep(looks: Looks): void {
    this.looks = looks;
    this.notedAt = looks.last === undefined ? Number.NEGATIVE_INFINITY : fromInstant(looks.last);
    void this.memory.update(key, looks);
  }
}
