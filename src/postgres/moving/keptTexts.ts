/** Texts in the rows of a table that the server does not keep as they are. */

import { QueueError } from '../../core/errors';
import type { SqlValue } from '../../store/engine/database';
import { isKept, keptText } from '../../store/serverTexts';
import type { QueueTable } from './queueTables';
import { enough, listOf } from './refusals';

/** What workers have reported, in whatever table: it has U+FFFD in place of what is not kept, as in later reports. */
const reported: ReadonlySet<string> = new Set([
  ...['result', 'result_summary', 'error', 'stdout', 'stderr', 'progress_message', 'question', 'git'],
  ...['summary', 'git_ended', 'agent_session', 'usage'],
]);

export class KeptTexts {
  /** What has other texts. */
  private readonly rows: string[] = [];
  private readonly fields = new Set<string>();
  private readonly name: number;

  constructor(private readonly table: QueueTable) {
    const { columns } = table;
    this.name = Math.max(
      0,
      columns.findIndex((column) => column === 'id' || column === 'task_id'),
    );
  }

  /** The row as the server keeps it. */
  row(values: readonly SqlValue[]): readonly SqlValue[] {
    const { columns } = this.table;
    const lost = columns.filter((column, at) => !this.keeps(values[at], column));
    const named = lost.filter((column) => !reported.has(column));
    if (named.length > 0 && this.rows.length < enough) this.rows.push(String(values[this.name]));
    for (const column of named) this.fields.add(column);
    if (lost.length === 0) return values;
    return values.map((value) => (typeof value === 'string' ? keptText(value) : value));
  }

  /** @throws QueueError `invalid_field` if there were texts that nobody may change */
  end(): void {
    if (this.rows.length === 0) return;
    throw new QueueError(
      'invalid_field',
      `PostgreSQL keeps neither NUL characters nor unpaired surrogates. There are some in ${this.table.name} (${[...this.fields].join(', ')}): ${listOf(this.rows)}`,
      'Edit what has them, or delete it and run sparkq purge, then move the queue.',
    );
  }

  private keeps(value: SqlValue | undefined, column: string): boolean {
    return typeof value !== 'string' || isKept(value, column);
  }
}
