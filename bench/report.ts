/** The figures as text for people. */

import os from 'node:os';
import type { EngineKind } from './engine';
import type { Goal, Table } from './goals';
import { phases, type Settings } from './workload';

export function machineText(settings: Settings, kinds: readonly EngineKind[]): string {
  return [
    `Node ${process.version}, SQLite of node:sqlite ${process.versions.sqlite ?? 'none'}, ${os.platform()} ${os.release()}`,
    `${os.cpus().length} x ${os.cpus()[0]?.model}, ${Math.round(os.totalmem() / 2 ** 30)} GB, files in ${os.tmpdir()}`,
    `Medians of ${settings.rounds} rounds, order turned round each time; a phase ends after ${settings.phase} ms or ${settings.most} calls.`,
    '',
    'What each promises at the moment it answers:',
    ...kinds.map((kind) => `  ${kind.name.padEnd(32)} ${kind.promise}`),
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
  const lines = ['## Goals', '', '| figure | measured | goal | |', '|---|---|---|---|'];
  for (const { name, value, goal, reached } of goals) {
    const verdict = value === null ? 'not measured' : reached ? 'reached' : 'NOT reached';
    lines.push(`| ${name} | ${value === null ? '-' : round(value)} | ${goal} | ${verdict} |`);
  }
  return `${lines.join('\n')}\n`;
}
