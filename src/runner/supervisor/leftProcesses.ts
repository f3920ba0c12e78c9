/** What is left of a run whose supervisor has gone. */

import { isAlive } from '../../system/processes';
import type { Entry } from '../machine/resourceState';
import { markerOf } from './childEnv';
import { treeOf } from './processTree';

/** Whether processes of a run live, as far as that can be known. */
export async function hasLeftProcesses({ storage, task, attempt, script }: Entry): Promise<boolean> {
  if (attempt === null) return false;
  const lives = script !== null && isAlive(script.pid, script.start_time);
  const tree = treeOf({
    root: lives ? script.pid : null,
    marker: markerOf({ storage, task, attempt }),
    started: script?.started ?? null,
    isHeld: () => false,
  });
  const members = await tree.members();
  return members === null ? lives : members.length > 0;
}
