/** What `sparkq doctor` looks at on this machine, and what the queue says. */

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readDiscovery } from '../../../client/discovery';
import { Registry, realPathOf } from '../../../client/registry';
import { outsideProfileWarning, userFolder } from '../../../client/userFolder';
import { isWrong, unconfirmedOf } from '../../../core/config';
import { messageWithHint } from '../../../core/errors';
import type { UnreviewedPurge } from '../../../core/model';
import { localText } from '../../../core/times';
import { isOwnerAlive, readOwner } from '../../../store/ownership/ownerLock';
import { pathInside } from '../../../system/paths';
import { readFileIfAny } from '../../../system/wholeFiles';
import type { CommandContext } from '../../context';
import { programs, version } from '../../version';
import type { Report } from './report';
import { examineServer } from './server';
import { examineSharing } from './sharing';

export async function examine(context: CommandContext): Promise<Report> {
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
  if ('storage' in target) report.server = await examineServer(context, target, report);
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
      if (report.server) report.server.sharing = await examineSharing(queue, report.home);
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
