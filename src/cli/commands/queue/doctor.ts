/** `sparkq doctor`: who owns the queue, where its files are, and whether anything is wrong. */

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Command } from '@commander-js/extra-typings';
import { readDiscovery } from '../../../client/discovery';
import { Registry, realPathOf } from '../../../client/registry';
import { outsideProfileWarning, userFolder } from '../../../client/userFolder';
import { isWrong, unconfirmedOf } from '../../../core/config';
import { shownCounts } from '../../../core/counts';
import { messageWithHint, QueueError } from '../../../core/errors';
import type { QueueStatus, UnreviewedPurge } from '../../../core/model';
import { oneLine } from '../../../core/plainText';
import { localText } from '../../../core/times';
import type { AcceptedLoss } from '../../../store/engine/lostChanges';
import { isOwnerAlive, type OwnerInfo, readOwner } from '../../../store/ownership/ownerLock';
import { pathInside } from '../../../system/paths';
import { shellWord } from '../../../system/shellWords';
import { readFileIfAny } from '../../../system/wholeFiles';
import type { CommandContext } from '../../context';
import { exitCodes } from '../../terminal/errors';
import { example } from '../../terminal/options';
import { stderrLog } from '../../terminal/stderrLog';
import { programs, version } from '../../version';

interface Report {
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
  /** With --accept-loss: the changes that the queue goes on without; null if none were missing. */
  accepted_loss?: AcceptedLoss | null;
  /** On Windows: which bash runs scripts. */
  bash?: string | null;
  /** Worth knowing, but harmless. */
  notices: string[];
  problems: string[];
}

export function addDoctor(program: Command, context: CommandContext): void {
  program
    .command('doctor')
    .description('show who owns the queue, where its files are, how big they are, and what is wrong')
    .option('--accept-loss', 'open a queue without the changes that are missing from its files')
    .addHelpText('after', example('sparkq doctor'))
    .action(async (options) => {
      const acceptedLoss = options.acceptLoss ? await acceptLossOf(context) : undefined;
      const report = await examine(context);
      if (acceptedLoss !== undefined) {
        report.accepted_loss = acceptedLoss;
        report.notices.push(accepted(acceptedLoss));
      }
      if (report.problems.length > 0) context.exitCode = exitCodes.refused;
      context.answer(report, reportLines(report));
    });
}

async function acceptLossOf(context: CommandContext): Promise<AcceptedLoss | null> {
  const target = context.find();
  if ('url' in target) {
    throw new QueueError(
      'conflict',
      'Accepting a loss not allowed while the queue is open: SPARKQ_URL names its owner',
      'Run it where the files are, without SPARKQ_URL',
    );
  }
  const { acceptLoss } = await import('../../../store/maintenance');
  return acceptLoss({ storage: target.storage, programs }, stderrLog(context.env, 'error'));
}

function accepted(loss: AcceptedLoss | null): string {
  if (loss === null) return 'No changes are missing: there was no loss to accept';
  const { file, lost_changes: count, kept } = loss;
  const rest = kept === null ? '' : `, whose rest is kept in ${kept}`;
  return `The queue goes on without at least ${count} ${count === 1 ? 'change' : 'changes'} of ${file}${rest}`;
}

async function examine(context: CommandContext): Promise<Report> {
  const target = context.find();
  const home = userFolder(context.env);
  const report: Report = {
    version,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    command: {
      argv: [process.execPath, path.join(programs, 'cli.js')],
      env: process.versions.electron === undefined ? {} : { ELECTRON_RUN_AS_NODE: '1' },
    },
    home,
    workspace: null,
    storage: null,
    sizes: null,
    owner: null,
    served: null,
    queue: null,
    notices: [],
    problems: [],
  };
  if ('storage' in target) {
    const { workspace, storage } = target;
    Object.assign(report, { workspace, storage, sizes: sizesOf(storage) });
    const owner = await readOwner(storage);
    if (owner !== null) {
      const { pid, role, since, host, generation } = owner;
      report.owner = { pid, role, since, host, generation, alive: isOwnerAlive(owner) };
    }
    const served = readDiscovery(home, storage);
    if (served !== null)
      report.served = { url: served.url, version: served.version, protocol: served.protocol };
    if (!fs.existsSync(workspace)) report.problems.push(`The folder ${workspace} does not exist`);
    const registered = new Registry(home).find(workspace)?.storage ?? storage;
    if (registered !== storage) {
      report.problems.push(`The registry names another storage folder for ${workspace}: ${registered}`);
    }
  }
  await examineLimits(report);
  if (process.platform === 'win32') await examineWindows(report);
  await askQueue(context, report);
  return report;
}

async function examineLimits(report: Report): Promise<void> {
  const file = path.join(report.home, 'machine.yml');
  const text = readFileIfAny(file);
  if (text === null) return;
  const { parseMachineLimits } = await import('../../../config/machineLimits');
  const { problems } = parseMachineLimits(text);
  report.problems.push(...problems.map((problem) => `${file}: ${problem}`));
}

async function examineWindows(report: Report): Promise<void> {
  const { findWindowsBash } = await import('../../../runner/command/windowsBash');
  report.bash = await findWindowsBash(process.env.PATH ?? '');
  const profile = realPathOf(os.homedir());
  const { home, storage } = report;
  const apart = storage === null || pathInside(home, storage) !== null ? [] : [storage];
  for (const folder of [home, ...apart]) {
    const warning = outsideProfileWarning(realPathOf(folder), process.platform, profile);
    if (warning !== null) report.notices.push(warning);
  }
}

/** Opens the queue as any command would. */
async function askQueue(context: CommandContext, report: Report): Promise<void> {
  try {
    await context.withQueue(async (queue) => {
      report.queue = await queue.status();
      report.storage ??= report.queue.storage;
      report.workspace ??= report.queue.workspace;
      const { unreviewed_purge: planned } = report.queue;
      if (planned) report.notices.push(purgeNotice(planned));
      const { config, problems, diagnostics } = await queue.config();
      (isWrong(diagnostics) ? report.problems : report.notices).push(...problems);
      const unconfirmed = unconfirmedOf(config);
      if (unconfirmed.length > 0) report.notices.push(unconfirmedNotice(unconfirmed));
    });
  } catch (error) {
    report.problems.push(`The queue cannot be opened: ${messageWithHint(error)}`);
  }
}

function purgeNotice({ at, tasks }: UnreviewedPurge): string {
  const old = tasks === 1 ? '1 old task' : `${tasks} old tasks`;
  return (
    `After ${localText(at)} the automatic purge also takes tasks that nobody has reviewed, now ${old}, and their` +
    ' output. To keep them, set purge.unreviewed_after_days to null in sparkq.yml.'
  );
}

function unconfirmedNotice(names: readonly string[]): string {
  return `Of sparkq.yml this is not used until it is confirmed with sparkq trust: ${names.join(', ')}`;
}

const kinds: Readonly<Record<string, RegExp>> = {
  snapshots: /^snapshot-/,
  journals: /^journal-/,
  output: /^output\//,
  runs: /^runs\//,
  archive: /^archive\//,
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
  const { served, queue, sizes } = report;
  const facts: [string, string | null][] = [
    ['Program', `SparkQ ${report.version}, Node ${report.node}, ${report.platform}`],
    ['Command', commandOf(report)],
    ['User folder', report.home],
    ['Workspace', report.workspace],
    ['Storage', report.storage],
    ['Owner', ownerOf(report)],
    ['Served at', served && `${served.url} by SparkQ ${served.version}, protocol ${served.protocol}`],
    ['Generation', queue && String(queue.generation)],
    ['Database', queue && `${bytes(queue.database_bytes)}, journal ${bytes(queue.journal_bytes)}`],
    ['Snapshot', queue && (queue.last_snapshot_at === null ? 'none yet' : localText(queue.last_snapshot_at))],
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
