/** Where runs work: the worktree of their task or stream, or the folder itself, of which all is kept before and after. */

import type { Config } from '../../core/config';
import { isAgentTool } from '../../core/config';
import { messageOf, QueueError } from '../../core/errors';
import type { Log } from '../../core/log';
import type { Claim, Task } from '../../core/model';
import { nameOfTask } from '../../core/taskName';
import { repositoryAround } from '../../system/folders';
import { readJson } from '../../system/wholeFiles';
import { namedFolder, payloadOf } from '../command/command';
import { CouldNotStart } from '../command/payload';
import type { RunFolders } from '../command/workspacePaths';
import { type RunPlace, type RunSpec, runPaths } from '../runFiles';
import { keepEnd, keepFolder } from './keeping';
import { worktreeFor } from './making';

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
    if (tool.worktree !== 'none') return this.worktree(claim, config, tool.worktree);
    if (!(tool.snapshot ?? isAgentTool(config, task.tool_name))) return null;
    try {
      const folder = await namedFolder(payloadOf(task), tool, this.options);
      if (repositoryAround(folder) === null) return null;
      await keepFolder(folder, task.id, `${task.attempts}-before`, longestWait);
      return { kind: 'folder', folder };
    } catch (error) {
      this.options.log.debug(`What lay there before ${task.id} was not kept: ${messageOf(error)}`);
      return null;
    }
  }

  /** Keeps what lies where the current attempt of a task has worked; never rejects. */
  async keep(task: Task): Promise<void> {
    const { storage, log } = this.options;
    try {
      const place = readJson<RunSpec>(runPaths(storage, task.id, task.attempts).spec)?.place;
      if (place?.kind === 'worktree') await keepEnd(place.folder, task.id, task.attempts, log);
      else if (place) await keepFolder(place.folder, task.id, String(task.attempts));
    } catch (error) {
      log.error(`What the run of ${task.id} left was not kept.`, error);
    }
  }

  private async worktree(claim: Claim, config: Config, kind: 'task' | 'stream'): Promise<RunPlace> {
    const { home, storage, workspace } = this.options;
    const { task, stream } = claim;
    const tool = config.tools[task.tool_name];
    if (home === null || tool === undefined)
      throw new CouldNotStart('There is no folder for worktrees here.');
    try {
      const { folder, top, base } = await worktreeFor({
        ...{ home, storage, workspace },
        key: kind === 'task' ? task.id : stream.id,
        title: kind === 'task' ? nameOfTask(task) : stream.name,
        folder: await namedFolder(payloadOf(task), tool, this.options),
        base: task.git?.commit ?? null,
        working: tool.worktree_base === 'working',
        // LFS needs them. A folder that is not trusted, or whose configuration waits for somebody, starts nothing.
        filters: config.unconfirmed.length === 0,
      });
      return { kind: 'worktree', folder, from: top, base };
    } catch (error) {
      if (!QueueError.is(error, 'conflict')) throw error;
      throw new CouldNotStart(`${error.message}.${error.hint === undefined ? '' : ` ${error.hint}.`}`);
    }
  }
}
