/** The rule for whose tasks a host starts, where several persons share a queue. */

import type { WaitingReason } from '../../core/model';
import type { HostFacts } from './hostTable';
import type { StreamRow } from './streamTable';
import type { TaskRow } from './taskRow';

/** The host that asks; undefined where there is but one. */
type Here = HostFacts | undefined;

type Decided = Pick<TaskRow, 'created_by' | 'approved_by'>;
type Lane = Pick<StreamRow, 'created_by' | 'instructions' | 'worktree'>;

/** Whose word counts on a host: that of its own person, and of those that its `machine.yml` accepts. */
export function acceptsPerson(host: Here, person: string | null): boolean {
  if (host?.person === undefined || person === null) return true;
  return person === host.person || host.accept.includes(person);
}

/** The first of those who have decided what a task starts whom the host does not accept; null if it starts it. */
export function notAccepted(host: Here, row: Decided, stream: Lane): string | null {
  const saysHow = stream.instructions !== null || stream.worktree !== null;
  const persons = [row.created_by, row.approved_by, saysHow ? stream.created_by : null];
  return persons.find((person) => !acceptsPerson(host, person)) ?? null;
}

/** Why a host does not start a task for the sake of its person; null where it does. */
export function whoWaits(host: Here, row: Decided, stream: Lane): WaitingReason | null {
  const person = notAccepted(host, row, stream);
  return person === null ? null : { code: 'person', values: { person } };
}

/** Whether somebody else than the person of this host has decided what a task starts. */
export function isForeign(host: Here, { created_by: person }: Decided): boolean {
  return host?.person !== undefined && person !== null && person !== host.person;
}
