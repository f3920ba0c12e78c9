/** `sparkq worktrees`: what runs left in worktrees of their own, to be looked at, merged, discarded and restored. */

import path from 'node:path';
import type { Command } from '@commander-js/extra-typings';
import { userFolder } from '../../../client/userFolder';
import { ConfigFile } from '../../../config/configFile';
import { QueueError } from '../../../core/errors';
import { silentLog } from '../../../core/log';
import { oneLine } from '../../../core/plainText';
import { changesIn, patchText } from '../../../runner/worktrees/changes';
import { changedUnkept, discard, isInUse, prune, restore } from '../../../runner/worktrees/discarding';
import { merge } from '../../../runner/worktrees/merging';
import { listRecords, type WorktreeRecord } from '../../../runner/worktrees/records';
import { sizeOf } from '../../../runner/worktrees/sizes';
import type { CommandContext } from '../../context';
import { confirmOnTerminal } from '../../terminal/dialogue';
import { exitCodes } from '../../terminal/errors';
import { example, nonBlank } from '../../terminal/options';
import { writeError, writeOut } from '../../terminal/streams';

export function addWorktrees(program: Command, context: CommandContext): void {
  const worktrees = program
    .command('worktrees')
    .description("what runs left in worktrees of their own, of all of the user's queues");
  const sub = (name: string, description: string, ...examples: string[]) =>
    worktrees
      .command(name)
      .description(description)
      .argument('<task>', 'id of the task, or of the stream whose tasks share it', nonBlank('Task'))
      .addHelpText('after', example(...examples));

  worktrees
    .command('list', { isDefault: true })
    .description('list them with their sizes, the oldest first; `sparkq worktrees` alone does it')
    .addHelpText('after', example('sparkq worktrees', 'sparkq worktrees --json'))
    .action(() => list(context));
  sub(
    'diff',
    'print what lies in one and was not there when it was made, as a patch',
    'sparkq worktrees diff tsk_0a1b2c3d4e5f',
  )
    .option('--stat', 'only the names of the files')
    .action((key, { stat = false }) => diff(context, key, stat));
  sub(
    'merge',
    'merge one into the branch that is checked out where it was made from; nothing changes where there is a conflict',
    'sparkq worktrees merge tsk_0a1b2c3d4e5f',
    'sparkq worktrees merge tsk_0a1b2c3d4e5f --patch',
  )
    .option('--patch', 'change the files there, and commit nothing')
    .option('--conflicts', 'leave conflicts in the files there; git merge --abort cancels it')
    .action((key, { patch = false, conflicts = false }) => mergeOne(context, key, { patch, conflicts }));
  sub(
    'discard',
    'remove one; what was not ignored in it can be restored for `worktree_keep_days`',
    'sparkq worktrees discard tsk_0a1b2c3d4e5f',
  )
    .option('--yes', 'do not ask, also where ignored files are lost')
    .action((key, { yes = false }) => discardOne(context, key, yes));
  sub('restore', 'bring a discarded one back', 'sparkq worktrees restore tsk_0a1b2c3d4e5f').action(
    async (key) => {
      const { folder } = await restore(find(context, key));
      context.answer({ task: key, folder }, `Restored: ${folder}`);
    },
  );
  worktrees
    .command('prune')
    .description('forget what was discarded, or kept of runs, longer ago than `worktree_keep_days`')
    .addHelpText('after', example('sparkq worktrees prune'))
    .action(() => pruneAll(context));
}

function homeOf(context: CommandContext): string {
  return userFolder(context.env);
}

/** @throws QueueError `not_found` */
function find(context: CommandContext, key: string): WorktreeRecord {
  const record = listRecords(homeOf(context)).find((one) => one.key === key);
  if (record) return record;
  throw new QueueError('not_found', `There is no worktree of ${key}`, 'List them: sparkq worktrees');
}

async function list(context: CommandContext): Promise<void> {
  const rows = await Promise.all(
    listRecords(homeOf(context)).map(async (record) => {
      const {
        key,
        title,
        workspace,
        folder,
        branch,
        base,
        state,
        made_at,
        discarded_at,
        kept_until,
        merged,
      } = record;
      const bytes = state === 'discarded' ? 0 : await sizeOf(folder);
      const changes = await changesIn(record).catch(() => null);
      return {
        ...{ task: key, title, workspace, folder, branch, base },
        state: state === 'made' && isInUse(record) ? ('in_use' as const) : state,
        ...{ bytes, files: changes?.length ?? null, made_at, discarded_at, kept_until, merged },
      };
    }),
  );
  context.answerList(rows, 'There are no worktrees.', () =>
    rows.map(({ task, title, workspace, state, bytes, files, merged, kept_until }) => {
      const what = [
        merged === null ? null : 'merged',
        state === 'discarded' ? `discarded, kept until ${kept_until?.slice(0, 10)}` : null,
        state === 'in_use' ? 'in use' : null,
        state === 'making' ? 'being made' : null,
        state === 'restoring' ? 'being brought back' : null,
        files === null ? null : `${files} changed`,
        state === 'discarded' ? null : sizeText(bytes),
      ].filter((part) => part !== null);
      return `${task}  ${path.basename(workspace)}: ${oneLine(title)} (${what.join(', ')})`;
    }),
  );
}

async function diff(context: CommandContext, key: string, stat: boolean): Promise<void> {
  const record = find(context, key);
  if (!stat && !context.json) return writeOut(await patchText(record));
  const files = await changesIn(record);
  context.answerList(files, 'Nothing was changed in it.', () =>
    files.map(
      ({ status, path: name, before }) => `${status}  ${before === null ? '' : `${before} -> `}${name}`,
    ),
  );
}

async function mergeOne(
  context: CommandContext,
  key: string,
  how: { patch: boolean; conflicts: boolean },
): Promise<void> {
  const merged = await merge(find(context, key), how);
  if (merged.done) {
    const said = merged.commit === null ? 'There was nothing to merge' : 'Merged';
    context.answer({ task: key, ...merged }, `${said} into ${merged.into}`);
    return;
  }
  context.exitCode = exitCodes.refused;
  const next = merged.started
    ? 'They are in the files now. Settle them and commit, or cancel it with: git merge --abort'
    : 'Nothing was changed. To have them in the files, add --conflicts; commit there first';
  context.answer({ task: key, ...merged }, [
    `Both sides have changed in ${merged.into}:`,
    ...merged.conflicts.map((name) => `  ${oneLine(name)}`),
    next,
  ]);
}

async function discardOne(context: CommandContext, key: string, yes: boolean): Promise<void> {
  const record = find(context, key);
  const unkept = yes ? [] : await changedUnkept(record);
  if (unkept.length > 0) {
    writeError(
      `These cannot be restored, being ignored by git, too large, unreadable or repositories of their own:\n${unkept.map((name) => `  ${oneLine(name)}\n`).join('')}`,
    );
    const agreed = await confirmOnTerminal('Discard it all the same?', false);
    if (agreed === null)
      throw new QueueError(
        'conflict',
        `The worktree of ${key} has files that would be lost`,
        'Save them, or add --yes',
      );
    if (!agreed) {
      context.exitCode = exitCodes.refused;
      return context.answer({ task: key, discarded: false }, 'Nothing was discarded');
    }
  }
  const { kept_until } = await discard(record, await keepDays(record.workspace));
  context.answer(
    { task: key, discarded: true, kept_until },
    `Discarded; sparkq worktrees restore ${key} brings it back until ${kept_until?.slice(0, 10)}`,
  );
}

async function pruneAll(context: CommandContext): Promise<void> {
  const workspace = await context.findWorkspace().catch(() => null);
  const days = await keepDays(workspace ?? process.cwd());
  const home = homeOf(context);
  const tops = listRecords(home).map(({ top }) => top);
  const here = workspace === null ? null : context.find();
  const storages = here !== null && 'storage' in here ? [here.storage] : [];
  const folders = workspace === null ? tops : [workspace, ...tops];
  const pruned = await prune({ home, folders, storages }, days);
  context.answer(pruned, `Forgot ${pruned.worktrees.length} worktrees and ${pruned.refs} refs`);
}

async function keepDays(workspace: string): Promise<number> {
  return (await ConfigFile.open(workspace, silentLog)).current().worktree_keep_days;
}

function sizeText(bytes: number): string {
  const mega = bytes / 1024 / 1024;
  return mega >= 1024 ? `${(mega / 1024).toFixed(1)} GB` : `${mega.toFixed(1)} MB`;
}
