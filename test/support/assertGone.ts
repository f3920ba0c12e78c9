import assert from 'node:assert/strict';
import { isAlive } from '../../src/system/processes';

/**
 * No process lives that has this number, which a script wrote.
 * @param pid blank or null where time was up before the script had begun
 */
export function assertGone(pid: string | null): void {
  assert.ok(!pid || !isAlive(Number(pid), null));
}
