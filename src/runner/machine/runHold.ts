/** What a supervisor holds of the machine for its run. */

import { toInstant } from '../../core/clock';
import type { RunResources, RunSpec, ScriptRef } from '../runFiles';
import { type HasProcesses, ownHolder, ResourceFile } from './resourceFile';

export class RunHold {
  private readonly file: ResourceFile;

  constructor(
    private readonly resources: RunResources,
    hasProcesses: HasProcesses,
  ) {
    this.file = new ResourceFile(resources.home, hasProcesses);
  }

  /**
   * Takes over what the stream worker got. Where that has gone meanwhile, and with it what it held, the run waits for it as
   * the first in the line. Resolves with false once the signal is aborted.
   */
  async take({ storage, task, attempt }: RunSpec, signal: AbortSignal): Promise<boolean> {
    const { ticket: id, needs, folder } = this.resources;
    const own = { attempt, holder: ownHolder() };
    await this.file.change(({ entries }) => {
      const entry = entries.find((one) => one.id === id);
      if (entry) Object.assign(entry, own);
      else {
        const since = toInstant(Date.now());
        entries.unshift({
          id,
          needs,
          held: false,
          storage,
          task,
          folder,
          script: null,
          since,
          worktree: null,
          ...own,
        });
      }
    });
    return this.file.until(({ entries }) => entries.some((one) => one.id === id && one.held), signal);
  }

  /** From now on it is held until the script has gone, too. */
  async note(script: ScriptRef): Promise<void> {
    await this.file.change(({ entries }) => {
      const entry = entries.find((one) => one.id === this.resources.ticket);
      if (entry) entry.script = script;
    });
  }

  async release(): Promise<void> {
    await this.file.change((state) => {
      state.entries = state.entries.filter(({ id }) => id !== this.resources.ticket);
    });
  }
}
