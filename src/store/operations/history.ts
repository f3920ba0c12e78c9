/** The history: tasks that purges have taken. */

import { QueueError } from '../../core/errors';
import { isId } from '../../core/ids';
import type { HistoryFilter, HistoryPage, Mutation } from '../../core/queue';
import { invalid, notFound } from '../../core/refusals';
import { checkChoice, checkPage, checkSearch, checkSince } from '../../core/validation';
import type { Archive } from '../archive/archive';
import type { LineKey } from '../archive/archivedTask';
import type { Context } from '../rows/change';
import { mutateInSteps, repeatNothing } from '../rows/idempotency';
import { knownIds } from '../rows/taskTable';

const cursorShape = /^(\d{4}-\d\d-\d\dT[\d:.]{8,15}Z)_(tsk_[0-9a-f]{12})$/;

export class History {
  constructor(
    private readonly context: Context,
    private readonly archive: Pick<Archive, 'search' | 'erase'>,
  ) {}

  async list(filter: HistoryFilter = {}): Promise<HistoryPage> {
    const { since, cursor, failed } = filter;
    const status = filter.status && checkChoice('status', filter.status, ['succeeded', 'failed'] as const);
    const { limit } = checkPage({ limit: filter.limit });
    if (limit === 0) throw invalid('limit', limit, 'Provide a whole number of at least 1.');
    const { tasks, last } = await this.archive.search({
      q: checkSearch(filter.q),
      script: checkSearch(filter.script),
      since: since === undefined ? undefined : checkSince('since', since, this.context.clock.now()),
      stream: filter.stream?.trim() || undefined,
      status: failed ? 'failed' : status,
      after: cursor === undefined ? undefined : placeOf(cursor),
      limit,
    });
    // A purge that ended in between, or a restore, leaves a line of a task that is in the queue.
    const ids = tasks.map(({ id }) => id);
    const present = await this.context.db.read((reader) => knownIds(reader, ids));
    return {
      tasks: tasks.filter(({ id }) => !present.has(id)),
      next_cursor: last && `${last.finished_at}_${last.id}`,
    };
  }

  async erase(given: string, mutation?: Mutation): Promise<void> {
    const id = given.trim();
    if (!isId(id, 'task')) throw notFound('Task', id);
    await mutateInSteps(this.context, `erase ${id}`, mutation, repeatNothing, async () => {
      if ((await this.archive.erase([id])) > 0) return;
      const present = await this.context.db.read((reader) => knownIds(reader, [id]));
      throw new QueueError(
        'not_found',
        `Task ${id} is not in the history`,
        present.has(id) ? `It is in the queue: sparkq delete ${id}` : 'List the history: sparkq history',
      );
    });
  }
}

function placeOf(cursor: string): LineKey {
  const [, finished_at, id] = cursorShape.exec(cursor) ?? [];
  if (finished_at === undefined || id === undefined) {
    throw invalid('cursor', cursor, 'Give the next_cursor of the page before.');
  }
  return { finished_at, id };
}
