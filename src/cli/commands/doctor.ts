/** `sparkq doctor`: who owns the queue, where its files are and how they fare. */

import fs from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { readDiscovery } from '../../client/discovery';
import { Registry } from '../../client/registry';
import { userFolder } from '../../client/userFolder';
import { isBroken } from '../../core/config';
import { messageOf } from '../../core/errors';
import type { QueueStatus } from '../../core/model';
import { isOwnerAlive, type OwnerInfo, readOwner } from '../../store/ownership/ownerLock';
import type { QueueLocation } from '../access/locate';
import { openQueueHere } from '../access/openQueue';
import type { CommandContext } from '../context';
import { example } from '../help';
import { exitCodes } from '../terminal/errors';
import { version } from '../version';

interface Report {
  version: string;
  node: string;
  platform: string;
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
  /** What is worth knowing but keeps nothing from working. */
  notices: string[];
  problems: string[];
}

export function addDoctorCommand(program: Command, context: CommandContext): void {
  program
    .command('doctor')
    .description('say who owns the queue, where its files are, how big they are, and what is wrong')
    .addHelpText('after', example('sparkq doctor'))
    .action(async () => {
      const report = await examine(context);
      if (report.problems.length > 0) context.exitCode = exitCodes.refused;
      context.answer(report, reportLines(report));
    });
}

async function examine(context: CommandContext): Promise<Report> {
  const where = context.find();
  const home = userFolder(context.env);
  const place: QueueLocation | null = 'storage' in where ? where : null;
  const owner = place === null ? null : await readOwner(place.storage);
  const served = place === null ? null : readDiscovery(home, place.storage);
  const report: Report = {
    version,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    home,
    workspace: place?.workspace ?? null,
    storage: place?.storage ?? null,
    sizes: place === null ? null : sizesOf(place.storage),
    owner: owner === null ? null : { ...pick(owner), alive: isOwnerAlive(owner) },
    served: served === null ? null : { url: served.url, version: served.version, protocol: served.protocol },
    queue: null,
    notices: [],
    problems: [],
  };
  if (place !== null) checkFolder(place.workspace, new Registry(home), report);
  await askQueue(context, report);
  return report;
}

function pick({ pid, role, since, host, generation }: NonNullable<Awaited<ReturnType<typeof readOwner>>>) {
  return { pid, role, since, host, generation };
}

/** Opens the queue as any command would: that it can be opened is the best news. */
async function askQueue(context: CommandContext, report: Report): Promise<void> {
  try {
    const { queue, close } = await openQueueHere(context.find(), context.env);
    try {
      report.queue = await queue.status();
      report.storage ??= report.queue.storage;
      report.workspace ??= report.queue.workspace;
      const { problems, diagnostics } = await queue.config();
      if (isBroken(diagnostics)) report.problems.push(...problems);
      else report.notices.push(...problems);
    } finally {
      await close();
    }
  } catch (error) {
    report.problems.push(`The queue cannot be opened: ${messageOf(error)}`);
  }
}

function checkFolder(workspace: string, registry: Registry, report: Report): void {
  if (!fs.existsSync(workspace)) report.problems.push(`The folder ${workspace} is gone`);
  const entry = registry.find(workspace);
  if (entry !== undefined && report.storage !== null && entry.storage !== report.storage) {
    report.problems.push(`The registry names another storage for ${workspace}: ${entry.storage}`);
  }
}

const kinds: Readonly<Record<string, RegExp>> = {
  snapshots: /^snapshot-/,
  journals: /^journal-/,
  output: /^output\//,
  runs: /^runs\//,
  set_aside: /^set-aside\//,
};

function sizesOf(storage: string): Record<string, number> {
  const sizes: Record<string, number> = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, 0]));
  for (const entry of fs.readdirSync(storage, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    const name = path.relative(storage, file).replaceAll(path.sep, '/');
    const kind = Object.keys(kinds).find((one) => kinds[one]?.test(name));
    if (kind === undefined || !entry.isFile()) continue;
    sizes[kind] = (sizes[kind] ?? 0) + (fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0);
  }
  return sizes;
}

function reportLines(report: Report): string[] {
  const { owner, served, queue, sizes } = report;
  const facts: [string, string | null][] = [
    ['Program', `SparkQ ${report.version}, Node ${report.node}, ${report.platform}`],
    ['User folder', report.home],
    ['Workspace', report.workspace],
    ['Storage', report.storage],
    [
      'Owner',
      owner === null
        ? 'nobody'
        : `PID ${owner.pid} (${owner.role}) on ${owner.host} since ${owner.since}${owner.alive === false ? ', which has ended' : ''}`,
    ],
    [
      'Served at',
      served === null ? null : `${served.url} by SparkQ ${served.version}, protocol ${served.protocol}`,
    ],
    ['Generation', queue === null ? null : String(queue.generation)],
    [
      'Database',
      queue === null ? null : `${bytes(queue.database_bytes)}, journal ${bytes(queue.journal_bytes)}`,
    ],
    ['Snapshot', queue === null ? null : (queue.last_snapshot_at ?? 'none yet')],
    [
      'Files',
      sizes === null
        ? null
        : Object.entries(sizes)
            .map(([kind, size]) => `${kind.replace('_', ' ')} ${bytes(size)}`)
            .join(', '),
    ],
    ['Tasks', queue === null ? null : countsOf(queue)],
  ];
  const lines = facts.flatMap(([name, value]) =>
    value === null ? [] : [`${`${name}:`.padEnd(13)}${value}`],
  );
  lines.push('', ...report.notices.map((notice) => `Notice: ${notice}`));
  if (report.problems.length === 0) return [...lines, 'Nothing is wrong.'];
  return [...lines, ...report.problems.map((problem) => `Problem: ${problem}`)];
}

function countsOf({ counts }: QueueStatus): string {
  return `${counts.queued} queued, ${counts.running} running, ${counts.succeeded} succeeded, ${counts.failed} failed`;
}

function bytes(count: number): string {
  if (count < 1024) return `${count} B`;
  return count < 1024 * 1024 ? `${(count / 1024).toFixed(1)} KB` : `${(count / 1024 / 1024).toFixed(1)} MB`;
}
