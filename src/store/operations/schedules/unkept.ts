/**
 * What no row of a schedule keeps of its tasks: what they need of the machine, and what checks them. It is read when one is
 * queued: in sparkq.yml, and in the header of its script.
 */

import { type ConfigSource, mostNeeded, needsOfSchedule, type ScheduleConfig } from '../../../core/config';
import type { NewTask } from '../../../core/queue';
import { readScript, type Script } from '../../../scripts/scriptFile';
import type { ScheduleRow } from '../../rows/scheduleTable';
import { parsed } from '../../rows/taskRow';

export type Unkept = Pick<NewTask, 'needs' | 'verify'>;

export class UnkeptReader {
  /** @param workspace null where the queue has no folder here */
  constructor(
    private readonly config: ConfigSource,
    private readonly workspace: string | null,
  ) {}

  async of({ name, payload, pin }: Pick<ScheduleRow, 'name' | 'payload' | 'pin'>): Promise<Unkept> {
    const needs = name === null ? null : needsOfSchedule(this.config.current(), name);
    const script = await this.scriptOf(payload);
    return {
      needs: mostNeeded([needs, script?.needs ?? null]),
      // Unlike what it needs, it has been confirmed with what the row was made from.
      verify: verifyIn(pin) ?? script?.verify ?? undefined,
    };
  }

  private async scriptOf(payload: string): Promise<Script | null> {
    const { script_path: script } = Object(parsed(payload)) as { script_path?: unknown };
    if (this.workspace === null || typeof script !== 'string') return null;
    try {
      return await readScript(this.workspace, script);
    } catch {
      // Its run says what is wrong with it.
      return null;
    }
  }
}

function verifyIn(pin: string | null): readonly string[] | null {
  return pin === null ? null : ((JSON.parse(pin) as Partial<ScheduleConfig>).verify ?? null);
}
