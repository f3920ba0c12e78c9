/** Whether a queue is served, by which process and where. Light: prompts and status bars ask it all the time. */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Activity, activityOf, mostRuns } from '../../client/activity';
import { type Background, backgroundOf } from '../../client/background';
import { databaseVariable } from '../../config/databaseUrl';
import { fromInstant } from '../../core/clock';
import { Durations } from '../../core/durations';
import type { QueueStatus, Task } from '../../core/model';
import { oneLine } from '../../core/plainText';
import { serverOf } from '../../store/ownership/onServer';
import {
  isServing,
  type QueueLocation,
  type QueueTarget,
  reachOwner,
  readOwnerRows,
  readOwnerStatus,
} from './locate';

export type StatusAnswer = ServerStatus & {
  /** The process that `sparkq up` started, whether it owns the queue now or not; null where there is none. */
  background: Background | null;
};

export type ServerStatus =
  | { running: false }
  | { running: true; reachable: false; pid: number; url: string }
  | {
      running: true;
      reachable: true;
      pid: number;
      url: string;
      queue: QueueStatus | null;
      /** Null unless it was asked for. */
      activity: Activity | null;
    };

/** Who is there for the queue. @param inFull as for the server */
export async function readStatus(
  target: QueueTarget,
  env: NodeJS.ProcessEnv,
  inFull: boolean,
): Promise<StatusAnswer> {
  const server = await readServer(target, env, inFull);
  return { ...server, background: 'url' in target ? null : backgroundOf(target.storage) };
}

/** @param inFull ask the owner for its own status and what it is doing as well */
async function readServer(
  target: QueueTarget,
  env: NodeJS.ProcessEnv,
  inFull: boolean,
): Promise<ServerStatus> {
  const owner = await reachOwner(target, env);
  if (owner === null) return { running: false };
  const { pid, url } = owner;
  if (!(await isServing(url))) return { running: true, reachable: false, pid, url };
  if (!inFull) return { running: true, reachable: true, pid, url, queue: null, activity: null };
  const [queue, tasks] = await Promise.all([
    readOwnerStatus(owner),
    readOwnerRows<Task>(owner, `/api/tasks?status=running&limit=${mostRuns}`, 'tasks'),
  ]);
  return {
    running: true,
    reachable: true,
    pid: queue.pid,
    url,
    queue,
    activity: activityOf(queue.counts, tasks),
  };
}

/** Whether anything says that a server may have the queue. Then there may be nobody who serves it because nobody can. */
export function mayBeOnServer(target: QueueTarget, env: NodeJS.ProcessEnv): target is QueueLocation {
  if ('url' in target) return false;
  if (env[databaseVariable] || serverOf(target.storage) !== null) return true;
  try {
    return readFileSync(path.join(target.workspace, 'sparkq.yml'), 'utf8').includes('database');
  } catch {
    return false;
  }
}

/** All that `sparkq status` says. @param now milliseconds since 1970 */
export function statusLines(status: StatusAnswer, now: number): string[] {
  return [
    statusLine(status),
    ...backgroundLines(status),
    ...placeLines(status),
    ...activityLines(status, now),
  ];
}

/** One of three lines. */
export function statusLine(status: ServerStatus): string {
  if (!status.running) return 'SparkQ server: not running';
  if (!status.reachable) return `SparkQ server: running but API unreachable (PID ${status.pid})`;
  return `SparkQ server: running (PID ${status.pid}, ${status.url})`;
}

/** Names the process that `sparkq up` started, if there is one. */
export function backgroundLines({ background }: Pick<StatusAnswer, 'background'>): string[] {
  if (background === null) return [];
  const { pid, streams, while_work: whileWork, keep_awake: awake } = background;
  const on = streams === null ? '' : `, on ${streams.map(oneLine).join(', ')}`;
  const until = whileWork ? ', until nothing is left to do' : '';
  const keeps = awake === 'never' ? '' : `, keeps the machine awake (${awake})`;
  return [`In the background: PID ${pid}${on}${until}${keeps}`];
}

/** Which server has the queue, if not files of its own. */
function placeLines(status: ServerStatus): string[] {
  const place = status.running && status.reachable ? status.queue?.database : null;
  return place ? [oneLine(`The queue is on ${place.url} (schema ${place.schema})`)] : [];
}

/** What a terminal shows below that line; nothing where it was not asked for. @param now milliseconds since 1970 */
export function activityLines(status: ServerStatus, now: number): string[] {
  const activity = status.running && status.reachable ? status.activity : null;
  if (activity === null) return [];
  return [
    `${activity.queued} queued, ${activity.running} running, ${activity.failed} failed`,
    ...runLines(activity, now),
    ...(activity.unapproved > 0
      ? [`${activity.unapproved} to approve: sparkq tasks --unapproved, sparkq approve`]
      : []),
    ...(activity.questions > 0 ? [`${activity.questions} to answer: sparkq digest, sparkq answer`] : []),
  ];
}

/** A line for each task that runs. @param now milliseconds since 1970 */
export function runLines({ running, runs }: Activity, now: number): string[] {
  const durations = new Durations('en');
  const lines = runs.map(({ id, name, started_at: from, progress, host }) => {
    const facts = [
      ...(progress === null ? [] : [`${progress}%`]),
      ...(from === null ? [] : [durations.duration(Math.max(0, now - fromInstant(from)))]),
      ...(host === undefined ? [] : [`on ${host}`]),
    ].join(', ');
    return `  ${id}  ${oneLine(name)}${facts === '' ? '' : ` (${facts})`}`;
  });
  const more = running - runs.length;
  return [...lines, ...(more > 0 ? [`  and ${more} more`] : [])];
}
