/** The figures as text for people. */

import os from 'node:os';
import type { EditorStart } from './editorStart';
import type { EngineKind } from './engine';
import type { Goal, Measured, Table } from './goals';
import { median } from './statistics';
import { phases, type Settings } from './workload';

/** What it is measured on. */
export function machineLines(): string[] {
  return [
    `- Node ${process.version}, SQLite of node:sqlite ${process.versions.sqlite ?? 'none'}, ${os.platform()} ${os.release()}`,
    `- ${os.cpus().length} x ${os.cpus()[0]?.model}, ${Math.round(os.totalmem() / 2 ** 30)} GB, files in ${os.tmpdir()}`,
  ];
}

/** The machine, the settings, and what the engines promise. */
export function machineText(settings: Settings, kinds: readonly EngineKind[]): string {
  return [
    ...machineLines(),
    `- Medians of ${settings.rounds} rounds, order turned round each time; a phase ends after ${settings.phase} ms or ${settings.most} calls.`,
    '',
    'What each promises at the moment it answers:',
    '',
    '| engine | promise |',
    '| --- | --- |',
    ...kinds.map(({ name, promise }) => `| ${name} | ${promise} |`),
    '',
  ].join('\n');
}

const round = (value: number) =>
  value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);

export function throughputTable({ history, callers, figures }: Table): string {
  const lines = [
    `## ${history.toLocaleString('en')} tasks of history, ${callers} callers: operations per second (p50 / p99 ms)`,
    '',
    `| engine | ${phases.join(' | ')} |`,
    `|---|${phases.map(() => '---').join('|')}|`,
  ];
  for (const [kind, byPhase] of figures) {
    const cells = phases.map((phase) => {
      const figure = byPhase[phase];
      return figure ? `${round(figure.rate)} (${round(figure.p50)} / ${round(figure.p99)})` : '-';
    });
    lines.push(`| ${kind.name} | ${cells.join(' | ')} |`);
  }
  return `${lines.join('\n')}\n`;
}

export function goalTable(goals: readonly Goal[]): string {
  return `## Goals\n\n${goalRows(goals)}`;
}

function goalRows(goals: readonly Goal[]): string {
  const lines = ['| figure | measured | goal | | limit |', '| --- | --- | --- | --- | --- |'];
  for (const { name, value, goal, reached, limit } of goals) {
    const verdict = value === null ? 'not measured' : reached ? 'reached' : 'NOT reached';
    const known = !reached && limit !== null && Number.isFinite(limit.value);
    const bound = known ? `${round(limit.value)}: ${limit.why}` : '';
    lines.push(`| ${name} | ${value === null ? '-' : round(value)} | ${goal} | ${verdict} | ${bound} |`);
  }
  return `${lines.join('\n')}\n`;
}

const megabytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MB`;

/** What was measured of SparkQ alone, and the limits beside it. */
export function alone(measured: Measured): string {
  const { cli, editor, http, many, memory, opening, python, snapshot, sync, transaction } = measured;
  const openings = Object.entries(opening).map(
    ([tasks, { clean, crashed, journals, memory }]) =>
      `- open with ${Number(tasks).toLocaleString('en')} tasks: ${round(clean)} ms after a clean close, ` +
      `${round(crashed)} ms after a kill (journals of ${megabytes(journals)}); ${megabytes(memory)} of memory in all`,
  );
  return [
    '## SparkQ alone, and the limits',
    '',
    `- fdatasync of this disk, 512 bytes over space that was there: ${round(sync.rate)} a second, p50 ${round(sync.p50)} ms`,
    `- better-sqlite3 WAL FULL with 100 claims in one transaction: ${transaction === undefined ? 'not measured' : `${round(transaction)} claims a second`}`,
    `- ten Python workers, a connection per operation: ${python ? `${round(python.claims_per_second)} claims a second, ${python.lost_races} races lost` : 'not measured (no python3)'}`,
    `- enqueueMany, one caller, 100 tasks a call: ${many ? `${round(many.sparkq)} tasks a second; better-sqlite3 WAL FULL in one transaction: ${round(many.peer)}` : 'not measured'}`,
    ...openings,
    `- memory with 100,000 finished tasks, a database of ${megabytes(memory.database)}: ${megabytes(memory.rest)} at rest, at most ` +
      `${megabytes(memory.snapshot)} while a snapshot is built, ${megabytes(memory.shrinking)} while they are purged`,
    `- \`sparkq enqueue\`: ${round(cli.served)} ms with a server, ${round(cli.alone)} ms without; \`node -e 0\` ${round(cli.node)} ms`,
    `- longest pause of the event loop: ${round(snapshot.during)} ms while a snapshot is made, ${round(snapshot.before)} ms before it`,
    `- journal: ${round(snapshot.journalBytes)} bytes for each enqueue`,
    `- HTTP, 100 clients that claim and complete for ${http.seconds} s: ${round(http.requests)} requests a second ` +
      `(${round(http.requests / http.echo)} of a bare node:http echo), ${http.claimed.toLocaleString('en')} tasks, ` +
      `${http.doubles} given twice, ${http.errors} errors, server memory ${megabytes(http.memoryBefore)} to ${megabytes(http.memoryAfter)}`,
    ...(editor ? [editorLine(editor)] : []),
    '',
  ].join('\n');
}

export function editorLine({ tasks, sparkq, empty }: EditorStart): string {
  return (
    `- the editor, from the moment a view is shown to its rows, medians of ${sparkq.length} windows: SparkQ with ` +
    `${tasks.toLocaleString('en')} tasks ${spread(sparkq)}, an empty extension in the same windows ${spread(empty)}`
  );
}

function spread(times: readonly number[]): string {
  return `${round(median(times))} ms (${round(Math.min(...times))} to ${round(Math.max(...times))})`;
}

/** The table of the README, with the day and the machine it is of. */
export function readmeText(goals: readonly Goal[]): string {
  const day = new Date().toISOString().slice(0, 10);
  const machine = `${os.cpus().length} cores (${os.cpus()[0]?.model}), Node ${process.version}, ${os.platform()}`;
  return `Printed by \`npm run bench -- --readme\` on ${day}, ${machine}:\n\n${goalRows(goals)}`;
}
