/**
 * What the tasks of a schedule need of the machine. No row of it keeps that, so it is read when one is queued: in sparkq.yml,
 * and in the header of its script.
 */

import { type ConfigSource, mostNeeded, needsOfSchedule } from '../../../core/config';
import type { Needs } from '../../../core/model';
import { readScript } from '../../../scripts/scriptFile';
import type { ScheduleRow } from '../../rows/scheduleTable';
import { parsed } from '../../rows/taskRow';

export class ScheduleNeeds {
  /** @param workspace null where the queue has no folder here */
  constructor(
    private readonly config: ConfigSource,
    private readonly workspace: string | null,
  ) {}

  async of({ name, payload }: Pick<ScheduleRow, 'name' | 'payload'>): Promise<Needs> {
    const inFile = name === null ? null : needsOfSchedule(this.config.current(), name);
    return mostNeeded([inFile, await this.ofScript(payload)]);
  }

  private async ofScript(payload: string): Promise<Needs | null> {
    const { script_path: script } = Object(parsed(payload)) as { script_path?: unknown };
    if (this.workspace === null || typeof script !== 'string') return null;
    try {
      return (await readScript(this.workspace, script)).needs;
    } catch {
      // Its run says what is wrong with it.
      return null;
    }
  }
}
