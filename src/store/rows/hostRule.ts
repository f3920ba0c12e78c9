/** The rule for which host runs a task, where several share a queue. */

import type { RunsOn, WaitingReason } from '../../core/model';
import type { EventDraft } from './eventHub';
import { type HostFacts, type HostRow, stateOf } from './hostTable';
import { runsOnIn, type StreamRow } from './streamTable';
import { parsed, type TaskRow } from './taskRow';

/** The host that asks; undefined where there is but one. */
type Here = HostFacts | undefined;

/** Whether a host runs the tasks of a stream. */
export function runsStream(host: Here, { runs_on: text }: Pick<StreamRow, 'runs_on'>): boolean {
  return accepts(runsOnIn(text), host);
}

/** An event as it is for this host: another one may have said it. */
export function eventFor(host: Here, event: EventDraft): EventDraft {
  const { stream } = event;
  if (host === undefined || stream === undefined) return event;
  return { ...event, stream: { ...stream, runs_here: accepts(stream.runs_on, host) } };
}

/** Whether no other host has what the task needs: an environment, a worktree, the session of an agent. */
export function isBoundElsewhere(host: Here, { bound_to: only }: Pick<TaskRow, 'bound_to'>): boolean {
  return host !== undefined && only !== null && only !== host.id;
}

/**
 * Why a host does not run a task; null where it does.
 * @param now wall-clock milliseconds
 */
export function elsewhere(
  host: Here,
  row: Pick<TaskRow, 'bound_to'>,
  stream: Pick<StreamRow, 'runs_on'>,
  hosts: () => readonly HostRow[],
  now: number,
): WaitingReason | null {
  const runsOn = runsOnIn(stream.runs_on);
  const bound = isBoundElsewhere(host, row);
  if (!bound && runsStream(host, stream)) return null;
  if (!bound && runsOn !== null && 'labels' in runsOn) {
    return { code: 'host_labels', values: { labels: runsOn.labels.join(', ') } };
  }
  const ids = bound ? [String(row.bound_to)] : runsOn !== null && 'hosts' in runsOn ? runsOn.hosts : [];
  const known = hosts().filter(({ id }) => ids.includes(id));
  const names = ids.map((id) => known.find((one) => one.id === id)?.name ?? id);
  const present = known.some((one) => stateOf(one, now) === 'present');
  return { code: present ? 'host' : 'host_absent', values: { host: names.join(', ') } };
}

function accepts(runsOn: RunsOn | null, host: Here): boolean {
  if (runsOn === null || host === undefined) return true;
  const { id, labels } = host;
  return 'hosts' in runsOn ? runsOn.hosts.includes(id) : runsOn.labels.every((one) => labels.includes(one));
}

/** Whether a task brings variables of the terminal that it comes from, which mean something on that machine alone. */
export function hasEnvironment({ payload }: Pick<TaskRow, 'payload'>): boolean {
  // Most have none, and this is asked of every new task.
  if (!payload.includes('"env"')) return false;
  const { env = null } = (parsed(payload) ?? {}) as { env?: unknown };
  return typeof env === 'object' && env !== null && Object.keys(env).length > 0;
}
