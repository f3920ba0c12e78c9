/** The list of tasks as a terminal shows it: as wide as that is, with what people look for. Pure. */

import { fromInstant } from '../../core/clock';
import { Durations } from '../../core/durations';
import type { Task } from '../../core/model';
import { oneLine } from '../../core/plainText';
import { nameOfTask } from '../../core/taskName';
import { paintStatus } from './streams';
import { cellsOf, fitted } from './textWidth';

const durations = new Durations('en');

/** The narrowest name that is worth a column beside it, in cells. */
const leastName = 16;
const mostStream = 20;

interface Column {
  title: string;
  cells: readonly string[];
  /** Of the widest cell. */
  width: number;
  paint?: (cell: string) => string;
  /** Left out where there is no room, the highest first; 0: never. */
  dispensable: number;
}

/**
 * @param streams the name of each stream by its id
 * @param now milliseconds since 1970
 * @param width cells of the terminal
 */
export function taskScreen(
  tasks: readonly Task[],
  streams: ReadonlyMap<string, string>,
  now: number,
  width: number,
): string[] {
  const streamOf = ({ stream_id: id }: Task) => streams.get(id) ?? id;
  const several = new Set(tasks.map(({ stream_id: id }) => id)).size > 1;
  const column = (title: string, dispensable: number, cell: (task: Task) => string): Column => {
    const cells = tasks.map((task) => oneLine(cell(task)));
    const width = cells.reduce((most, text) => Math.max(most, cellsOf(text)), title.length);
    return { title, dispensable, cells, width };
  };
  const name = column('Task', 0, nameOfTask);
  const all = [
    column('ID', 2, ({ id }) => id),
    name,
    { ...column('State', 0, stateOf), paint: paintStatus },
    column('Age', 1, (task) => durations.brief(now - fromInstant(task.created_at))),
    column('Ran', 0, (task) => ranFor(task, now) ?? '-'),
    ...(several ? [column('Stream', 3, (task) => fitted(streamOf(task), mostStream).trimEnd())] : []),
  ];
  const needed = (columns: readonly Column[]) =>
    columns.reduce((sum, one) => sum + (one === name ? 0 : one.width + 1), 0);
  let columns = all;
  for (const rank of [3, 2, 1]) {
    if (needed(columns) + leastName <= width) break;
    columns = columns.filter(({ dispensable }) => dispensable !== rank);
  }
  const room = Math.max(1, Math.min(name.width, width - needed(columns)));
  const line = (cellOf: (one: Column) => string, painted: boolean) =>
    columns
      .map((one) => {
        const cell = fitted(cellOf(one), one === name ? room : one.width);
        return painted && one.paint ? one.paint(cell) : cell;
      })
      .join(' ')
      .trimEnd();
  return [
    line(({ title }) => title, false),
    ...tasks.map((_, row) => line(({ cells }) => cells[row] ?? '', true)),
  ];
}

function stateOf(task: Task): string {
  if (task.failure_kind === 'cancelled') return 'cancelled';
  if (task.suspended) return 'suspended';
  if (task.checking) return 'checking';
  if (task.parked && task.status === 'queued') return 'parked';
  return task.status;
}

/** How long the last attempt has run; null before the first, and while the task waits for another one. */
export function ranFor({ status, started_at: from, finished_at: to }: Task, now: number): string | null {
  if (from === null || status === 'queued') return null;
  return durations.duration((to === null ? now : fromInstant(to)) - fromInstant(from));
}
