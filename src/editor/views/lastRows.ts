/** The rows that a view has shown last, for while the server of the queue cannot be reached. */

import { unreachableServer } from '../../core/errors';

export interface KnownRows<N> {
  rows: N[];
  /** The rows are older: since when, wall-clock milliseconds, and what cannot be reached. */
  old?: { since: number; unreachable: string };
}

export class LastRows<N extends object> {
  private readonly rows = new WeakMap<object, N[]>();
  private readonly top = {};
  private lostAt: number | undefined;

  /** What is read, or was read last. @param parent undefined for the topmost rows @throws what cannot be helped by that */
  async of(parent: N | undefined, read: () => Promise<N[]>): Promise<KnownRows<N>> {
    const place = parent ?? this.top;
    try {
      const rows = await read();
      this.rows.set(place, rows);
      if (parent === undefined) this.lostAt = undefined;
      return { rows };
    } catch (error) {
      const rows = this.rows.get(place);
      const unreachable = unreachableServer(error);
      if (rows === undefined || unreachable === null) throw error;
      // Until now, events have kept them up to date.
      this.lostAt ??= Date.now();
      return { rows, old: { since: this.lostAt, unreachable } };
    }
  }

  /** Another queue is shown. */
  forget(): void {
    this.rows.delete(this.top);
    this.lostAt = undefined;
  }
}
