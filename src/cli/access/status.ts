/** Whether a queue is served, by which process and where. Light: prompts and status bars ask it all the time. */

import type { QueueStatus } from '../../core/model';
import { isServing, type QueueTarget, reachOwner, readOwnerStatus } from './locate';

export type StatusAnswer =
  | { running: false }
  | { running: true; reachable: false; pid: number; url: string }
  | { running: true; reachable: true; pid: number; url: string; queue: QueueStatus | null };

/** @param inFull ask the owner for its own status as well */
export async function readStatus(
  target: QueueTarget,
  env: NodeJS.ProcessEnv,
  inFull: boolean,
): Promise<StatusAnswer> {
  const owner = await reachOwner(target, env);
  if (owner === null) return { running: false };
  const { pid, url } = owner;
  if (!(await isServing(url))) return { running: true, reachable: false, pid, url };
  const queue = inFull ? await readOwnerStatus(owner) : null;
  return { running: true, reachable: true, pid: queue?.pid ?? pid, url, queue };
}

/** One of three lines. */
export function statusLine(status: StatusAnswer): string {
  if (!status.running) return 'SparkQ server: not running';
  if (!status.reachable) return `SparkQ server: running but API unreachable (PID ${status.pid})`;
  return `SparkQ server: running (PID ${status.pid}, ${status.url})`;
}
