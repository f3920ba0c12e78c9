/** Where runs work: the worktree of their task or stream, or the folder itself, of which all is kept before and after. */

import type { Config } from '../../core/config';
import { isAgentTool } from '../../core/config';
import { messageOf, QueueError } from '../../core/errors';
import type { Log } from '../../core/log';
import type { Claim, RunNote, Task } from '../../core/model';
import { nameOfTask } from '../../core/taskName';
import { repositoryAround } from '../../system/folders';
import { readJson } from '../../system/wholeFiles';
import { namedFolder, payloadOf } from '../command/command';
import { CouldNotStart } from '../command/payload';
import type { RunFolders } from '../command/workspacePaths';
import { type RunPlace, type RunSpec, runPaths } from '../runFiles';
import { keepEnd, keepFolder } from './keeping';
import { worktreeFor } from './making';
import { notesOfLeftOut } from './runNotes';

/** For which the start of a run waits at most, milliseconds: then it cannot be undone. */
const longestWait = 300;

export interface RunPlacesOptions extends RunFolders {
  /** The user folder; without it there are no worktrees. */
  home: string | null;
  log: Log;
}

export class RunPlaces {
  constructor(private readonly options: RunPlacesOptions) {}

  /** Null: in the folder, and nothing is kept. @throws CouldNotStart where the task is to have a worktree and cannot */
  async find(claim: Claim, config: Config): Promise<RunPlace | null> {
    const { task } = claim;
    const tool = config.tools[task.tool_name];
    if (!tool?.command) return null;
    // An older owner does not say it.
    const kind = claim.worktree ?? tool.worktree;
    if (kind !== 'none') return this.worktree(claim, config, kind);
    if (!(tool.snapshot ?? isAgentTool(config, task.tool_name))) return null;
    const folder = await namedFolder(payloadOf(task), tool, this.options);
    if (repositoryAround(folder) === null) return null;
    try {
      const { leftOut } = await keepFolder(folder, task.id, `${task.attempts}-before`, longestWait);
      return { kind: 'folder', folder, notes: notesOfLeftOut(leftOut) };
    } catch (error) {
      this.options.log.debug(`What lay there before ${task.id} was not kept: ${messageOf(error)}`);
      return { kind: 'unkept', folder, notes: [whyUnkept(error)] };
    }
  }

  /** Keeps what lies where the current attempt of a task has worked; never rejects. @returns what is to be known of that */
  async keep(task: Task): Promise<readonly RunNote[]> {
    const { storage, log } = this.options;
    const place = placeOfRun(storage, task.id, task.attempts);
    const known = place?.notes ?? [];
    try {
      if (place === null || place.kind === 'unkept') return known;
      const leftOut =
        place.kind === 'worktree'
          ? await keepEnd(place.folder, task.id, task.attempts, log)
          : (await keepFolder(place.folder, task.id, String(task.attempts))).leftOut;
      const now = notesOfLeftOut(leftOut);
      return [...known.filter(({ code }) => now.every((note) => note.code !== code)), ...now];
    } catch (error) {
      log.error(`What the run of ${task.id} left was not kept.`, error);
      return known;
    }
  }

  private async worktree(claim: Claim, config: Config, kind: 'task' | 'stream'): Promise<RunPlace> {
    const { home, storage, workspace } = this.options;
    const { task, stream } = claim;
    const tool = config.tools[task.tool_name];
    if (home === null || tool === undefined)
      throw new CouldNotStart('There is no folder for worktrees here.');
    try {
      const { folder, top, base, notes } = await worktreeFor({
        ...{ home, storage, workspace },
        key: kind === 'task' ? task.id : stream.id,
        title: kind === 'task' ? nameOfTask(task) : stream.name,
        folder: await namedFolder(payloadOf(task), tool, this.options),
        base: task.git?.commit ?? null,
        working: tool.worktree_base === 'working',
        // LFS needs them. A folder that is not trusted, or whose configuration waits for somebody, starts nothing.
        filters: config.unconfirmed.length === 0,
        attempt: { task: task.id, number: task.attempts },
      });
      return { kind: 'worktree', folder, from: top, base, notes };
    } catch (error) {
      if (!QueueError.is(error, 'conflict')) throw error;
      throw new CouldNotStart(`${error.message}.${error.hint === undefined ? '' : ` ${error.hint}.`}`);
    }
  }
}

/** Where an attempt works, or has worked, as long as its files are there; null where nothing is kept of that. */
export function placeOfRun(storage: string, task: string, attempt: number): RunPlace | null {
  return readJson<RunSpec>(runPaths(storage, task, attempt).spec)?.place ?? null;
}

function whyUnkept(error: unknown): RunNote {
  // The only call of git with so little time.
  if (QueueError.is(error, 'unavailable')) return { code: 'undo_slow', values: { limit: longestWait } };
  return { code: 'undo_failed', values: { problem: messageOf(error) } };
}
