/** What `sparkq doctor` has found, for programs and in lines for people. */

import { shownCounts } from '../../../core/counts';
import type { QueueStatus } from '../../../core/model';
import { oneLine } from '../../../core/plainText';
import { localText } from '../../../core/times';
import type { AcceptedLoss } from '../../../store/engine/lostChanges';
import type { OwnerInfo } from '../../../store/ownership/ownerLock';
import { shellWord } from '../../../system/shellWords';
import { type ServerReport, serverLines } from './server';

export interface Report {
  version: string;
  node: string;
  platform: string;
  /** What a program starts instead of `sparkq`, which is a batch file on Windows and so needs a shell. */
  command: { argv: string[]; env: Record<string, string> };
  home: string;
  workspace: string | null;
  storage: string | null;
  /** Bytes of each kind of file in the storage folder. */
  sizes: Record<string, number> | null;
  owner: {
    pid: number;
    role: OwnerInfo['role'];
    since: string;
    host: string;
    generation: number;
    alive: boolean | null;
  } | null;
  served: { url: string; version: string; protocol: number } | null;
  queue: QueueStatus | null;
  /** The PostgreSQL server that has the queue; missing for one in files. */
  server?: ServerReport;
  /** With --accept-loss: the changes that the queue goes on without; null if none were missing. */
  accepted_loss?: AcceptedLoss | null;
  /** On Windows: which bash runs scripts. */
  bash?: string | null;
  /** Worth knowing, but harmless. */
  notices: string[];
  problems: string[];
}

export function reportLines(report: Report): string[] {
  const { served, queue, sizes, server } = report;
  const files = server ? null : queue;
  const facts: [string, string | null][] = [
    ['Program', `SparkQ ${report.version}, Node ${report.node}, ${report.platform}`],
    ['Command', commandOf(report)],
    ['User folder', report.home],
    ['Workspace', report.workspace],
    ['Storage', report.storage],
    ['Owner', ownerOf(report)],
    ['Served at', served && `${served.url} by SparkQ ${served.version}, protocol ${served.protocol}`],
    ...serverLines(server),
    ['Generation', queue && String(queue.generation)],
    ['Database', files && `${bytes(files.database_bytes)}, journal ${bytes(files.journal_bytes)}`],
    ['Snapshot', files && (files.last_snapshot_at === null ? 'none yet' : localText(files.last_snapshot_at))],
    ['Files', sizes && filesOf(sizes)],
    ['Tasks', queue && countsOf(queue)],
    [
      'Bash',
      report.bash === null
        ? 'none that takes paths of Windows: install Git for Windows'
        : (report.bash ?? null),
    ],
  ];
  const lines = facts.flatMap(([name, value]) =>
    value === null ? [] : [oneLine(`${`${name}:`.padEnd(13)}${value}`)],
  );
  lines.push('', ...report.notices.map((notice) => oneLine(`Notice: ${notice}`)));
  if (report.problems.length === 0) return [...lines, 'No problems found.'];
  return [...lines, ...report.problems.map((problem) => oneLine(`Problem: ${problem}`))];
}

function commandOf({ command: { argv, env } }: Report): string {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return [...variables, ...argv.map((word) => shellWord(word))].join(' ');
}

function ownerOf({ owner, sizes }: Report): string | null {
  // Read from the files, which are unknown with SPARKQ_URL.
  if (owner === null) return sizes && 'none';
  const ended = owner.alive === false ? ', which has ended' : '';
  return `PID ${owner.pid} (${owner.role}) on ${owner.host} since ${localText(owner.since)}${ended}`;
}

function filesOf(sizes: Record<string, number>): string {
  return Object.entries(sizes)
    .map(([kind, size]) => `${kind.replace('_', ' ')} ${bytes(size)}`)
    .join(', ');
}

function countsOf({ counts }: QueueStatus): string {
  const { queued, running, failed, finished } = shownCounts(counts);
  return `${queued} queued, ${running} running, ${failed} failed and not reviewed; ${finished} finished in all`;
}

function bytes(count: number): string {
  if (count < 1024) return `${count} B`;
  return count < 1024 * 1024 ? `${(count / 1024).toFixed(1)} KB` : `${(count / 1024 / 1024).toFixed(1)} MB`;
}
