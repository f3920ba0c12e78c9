/** Tables for people: fixed widths, left-aligned; only the Tool column is truncated. */

import { shortened } from '../../core/cutText';
import { usualKillAfter } from '../../core/limits';
import {
  type Batch,
  type HistoryTask,
  type Host,
  isBatchOver,
  isOfFile,
  type Schedule,
  type Session,
  type Stream,
  type Task,
  type Tool,
} from '../../core/model';
import { oneLine } from '../../core/plainText';
import { nameOfTask } from '../../core/taskName';
import { localText } from '../../core/times';
import { english } from '../../core/translator';
import { restingReason, restWords } from '../../core/waiting';
import type { NamedCommand } from '../../scripts/sources/namedCommand';
import { commandLine } from '../../scripts/sources/sourceTexts';
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
    { title: 'Label', width: 0, cell: nameOfTask },
  ];
  return ['', `Found ${tasks.length} task(s):`, '', ...table(columns, 95, tasks), ''];
}

export function historyTable(tasks: readonly HistoryTask[]): string[] {
  const columns: Column<HistoryTask>[] = [
    { title: 'ID', width: 17, cell: (task) => task.id },
    { title: 'Stream', width: 20, cell: (task) => task.stream_name },
    { title: 'Task', width: 25, cell: (task) => shortened(nameOfTask(task), 25, '...') },
    { title: 'Status', width: 12, cell: (task) => task.status, paint: paintStatus },
    { title: 'Finished', width: 26, cell: (task) => localText(task.finished_at) },
    { title: 'Outcome', width: 0, cell: (task) => shortened(task.error ?? task.result_summary ?? '', 60) },
  ];
  return ['', ...table(columns, 110, tasks), ''];
}

export function hostTable(hosts: readonly Host[]): string[] {
  const columns: Column<Host>[] = [
    {
      title: 'Host',
      width: 25,
      cell: ({ name, here }) => shortened(here ? `${name} (here)` : name, 25, '...'),
    },
    { title: 'ID', width: 17, cell: ({ id }) => id },
    { title: 'Person', width: 15, cell: ({ person }) => person ?? '' },
    { title: 'State', width: 10, cell: ({ state }) => state },
    { title: 'Running', width: 8, cell: ({ running }) => String(running) },
    { title: 'Seen', width: 26, cell: ({ seen_at: seen }) => localText(seen) },
    { title: 'SparkQ', width: 10, cell: ({ version }) => version },
    { title: 'Labels', width: 0, cell: ({ labels }) => labels.join(', ') },
  ];
  return ['', ...table(columns, 120, hosts), ''];
}

/** What has become of a task that ran. */
export function endLine({ id, status, error, result_summary, question }: Task): string {
  if (question !== null) return `Task ${id} asks: ${oneLine(question.text)}`;
  const remark = status === 'succeeded' ? result_summary : error;
  return `Task ${id} ${paintStatus(status)}${remark === null ? '' : `: ${oneLine(remark)}`}`;
}

/** `streams` gives the name of each stream by its id. */
export function batchTable(batches: readonly Batch[], streams: ReadonlyMap<string, string>): string[] {
  const counted = (title: string, cell: (counts: Batch['counts']) => number): Column<Batch> => ({
    title,
    width: 9,
    cell: ({ counts }) => String(cell(counts)),
  });
  const columns: Column<Batch>[] = [
    { title: 'ID', width: 17, cell: (batch) => batch.id },
    { title: 'Stream', width: 20, cell: (batch) => streams.get(batch.stream_id) ?? batch.stream_id },
    counted('Queued', ({ queued }) => queued),
    counted('Running', ({ running }) => running),
    counted('Succeeded', ({ succeeded }) => succeeded),
    counted('Failed', ({ failed }) => failed),
    counted('Cancelled', ({ cancelled }) => cancelled),
    { title: 'Queued at', width: 26, cell: (batch) => localText(batch.created_at) },
    { title: 'Label', width: 0, cell: (batch) => shortened(batch.label ?? '', 60) },
  ];
  return ['', ...table(columns, 120, batches), ''];
}

/** `streams` gives the name of each stream by its id, `workers` has the ids of those on which somebody works. */
function originOf(schedule: Schedule): string {
  if (!isOfFile(schedule)) return '';
  return schedule.unconfirmed ? ' (sparkq.yml, not confirmed)' : ' (sparkq.yml)';
}

export function scheduleTable(
  schedules: readonly Schedule[],
  streams: ReadonlyMap<string, string>,
  workers: ReadonlySet<string>,
): string[] {
  const columns: Column<Schedule>[] = [
    { title: 'ID', width: 17, cell: (schedule) => schedule.id },
    { title: 'Times', width: 20, cell: ({ cron }) => cron },
    { title: 'Zone', width: 16, cell: ({ zone }) => zone },
    {
      title: 'Next',
      width: 26,
      cell: ({ paused, next_at: next }) => (next === null ? (paused ? 'paused' : '-') : localText(next)),
    },
    { title: 'Last', width: 9, cell: ({ last_outcome: outcome }) => outcome ?? '-' },
    { title: 'Stream', width: 15, cell: (schedule) => streams.get(schedule.stream_id) ?? schedule.stream_id },
    { title: 'Worker', width: 7, cell: ({ stream_id: id }) => (workers.has(id) ? 'yes' : 'none') },
    { title: 'Command', width: 0, cell: (schedule) => `${nameOfTask(schedule)}${originOf(schedule)}` },
  ];
  return ['', ...table(columns, 125, schedules), ''];
}

/** How it stands with a batch. */
export function batchLine(batch: Batch): string {
  const { counts, stopped_at: stopped } = batch;
  const parts = Object.entries(counts).flatMap(([state, count]) => (count > 0 ? [`${count} ${state}`] : []));
  const stop = stopped === null || isBatchOver(batch) ? '' : '; stopped after its failures';
  return `Batch ${batch.id}: ${parts.join(', ') || 'empty'}${stop}`;
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
  return ['', ...table(columns, 98, tools), ...restLines(tools)];
}

function restLines(tools: readonly Tool[]): string[] {
  // An older owner knows of no rests.
  const lines = tools.flatMap(({ name, rest }) => {
    const words = rest ? restWords(restingReason(rest, name), Date.now(), english) : null;
    return words === null ? [] : [`${name}: ${words}`];
  });
  return lines.length === 0 ? [] : ['', ...lines];
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

export function namedCommandTable(commands: readonly NamedCommand[]): string[] {
  const columns: Column<NamedCommand>[] = [
    { title: 'Source', width: 7, cell: ({ source }) => source },
    { title: 'Folder', width: 20, cell: ({ folder }) => folder || '.' },
    { title: 'Name', width: 22, cell: ({ name }) => name },
    { title: 'Command', width: 30, cell: commandLine },
    { title: 'Description', width: 0, cell: ({ description }) => shortened(description ?? '', 60, '...') },
  ];
  return table(columns, 110, commands);
}

function tasksOf({ counts }: Stream): number {
  return counts.queued + counts.running + counts.succeeded + counts.failed;
}
