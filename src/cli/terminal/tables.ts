/** Tables for people: fixed widths, left-aligned; only the Tool column is truncated. */

import { shortened } from '../../core/cutText';
import { usualKillAfter } from '../../core/limits';
import type { Session, Stream, Task, Tool } from '../../core/model';
import { oneLine } from '../../core/plainText';
import { localText } from '../../core/times';
import { paintStatus } from './streams';

interface Column<T> {
  title: string;
  width: number;
  cell: (row: T) => string;
  paint?: (cell: string) => string;
}

function table<T>(columns: readonly Column<T>[], rule: number, rows: readonly T[]): string[] {
  const line = (cells: readonly string[]) => cells.join(' ').trimEnd();
  return [
    line(columns.map(({ title, width }) => title.padEnd(width))),
    '-'.repeat(rule),
    ...rows.map((row) =>
      line(columns.map(({ width, cell, paint }) => (paint ?? String)(oneLine(cell(row)).padEnd(width)))),
    ),
  ];
}

/** `streams` counts the streams of each session by its id. */
export function sessionTable(sessions: readonly Session[], streams: ReadonlyMap<string, number>): string[] {
  const columns: Column<Session>[] = [
    { title: 'Name', width: 20, cell: (session) => session.name },
    { title: 'Status', width: 10, cell: (session) => session.status, paint: paintStatus },
    { title: 'Started', width: 20, cell: (session) => localText(session.started_at) },
    { title: 'Streams', width: 10, cell: (session) => String(streams.get(session.id) ?? 0) },
  ];
  return ['', ...table(columns, 60, sessions)];
}

/** `sessions` gives the name of each session by its id. */
export function streamTable(streams: readonly Stream[], sessions: ReadonlyMap<string, string>): string[] {
  const columns: Column<Stream>[] = [
    { title: 'Name', width: 20, cell: (stream) => stream.name },
    { title: 'Session', width: 15, cell: (stream) => sessions.get(stream.session_id) ?? stream.session_id },
    { title: 'Status', width: 10, cell: (stream) => stream.status, paint: paintStatus },
    { title: 'Tasks', width: 10, cell: (stream) => String(tasksOf(stream)) },
  ];
  return ['', ...table(columns, 55, streams)];
}

/** `streams` gives the name of each stream by its id. */
export function taskTable(tasks: readonly Task[], streams: ReadonlyMap<string, string>): string[] {
  const columns: Column<Task>[] = [
    { title: 'ID', width: 15, cell: (task) => task.id },
    { title: 'Stream', width: 20, cell: (task) => streams.get(task.stream_id) ?? task.stream_id },
    { title: 'Tool', width: 25, cell: (task) => shortened(task.tool_name, 25, '...') },
    { title: 'Status', width: 12, cell: (task) => task.status, paint: paintStatus },
    { title: 'Created', width: 20, cell: (task) => localText(task.created_at) },
  ];
  return ['', `Found ${tasks.length} task(s):`, '', ...table(columns, 95, tasks), ''];
}

export function toolTable(tools: readonly Tool[]): string[] {
  const columns: Column<Tool>[] = [
    { title: 'Name', width: 20, cell: (tool) => tool.name },
    { title: 'Class', width: 15, cell: (tool) => tool.task_class },
    {
      title: 'Late after',
      width: 10,
      cell: (tool) => (tool.timeout === null ? 'by class' : `${tool.timeout} s`),
    },
    { title: 'Stopped after', width: 17, cell: stoppedAfter },
    { title: 'Runner', width: 10, cell: (tool) => (tool.runnable ? 'built in' : 'outside') },
    { title: 'Description', width: 0, cell: (tool) => tool.description ?? '' },
  ];
  return ['', ...table(columns, 98, tools)];
}

function stoppedAfter({ timeout, kill_after }: Tool): string {
  if (kill_after !== null) return `${kill_after} s`;
  return timeout === null ? 'twice the timeout' : `${usualKillAfter(timeout)} s`;
}

/** One line for each script: name, description, tags. */
export function scriptLines(
  scripts: readonly { name: string; description: string | null; tags: readonly string[] }[],
): string[] {
  return scripts.map(({ name, description, tags }) =>
    oneLine(`  ${name.padEnd(30)} ${(description ?? '—').padEnd(30)} ${tags.join(', ')}`.trimEnd()),
  );
}

function tasksOf({ counts }: Stream): number {
  return counts.queued + counts.running + counts.succeeded + counts.failed;
}
