/** A file of ours alone, among the files that an agent reads. */

import { QueueError } from '../core/errors';
import { readAgentFile } from './agentFile';
import { baseOf, type PlannedAgent, type PlannedFile, type SetupPlace, type WantedAgents } from './plan';
import { SetupRecords, undone, undoOf } from './setupRecords';

/**
 * Plans what becomes of it; where there is none to remove, nothing.
 * @param ours what it says
 * @throws QueueError `conflict` for a file in its place that setup did not write
 */
export function planOwnFile(
  place: SetupPlace,
  { file, add, remove }: WantedAgents & { file: string },
  ours: string,
): PlannedFile[] {
  const read = readAgentFile(file, baseOf(place, file));
  const record = read.text === null ? null : new SetupRecords(place.userFolder).read(file);
  const users = [...new Set([...(record?.agents ?? []), ...add])].filter((one) => !remove.includes(one));
  const isOurs =
    read.text === null || read.text === ours || (record !== null && undone(read.text, record) !== undefined);
  const planned = (change: PlannedAgent['change']) => [...add, ...remove].map((name) => ({ name, change }));
  if (add.length > 0) {
    if (!isOurs) throw notOurs(file);
    const made = record?.made ?? { file: read.text === null, folders: [] };
    return [
      {
        read,
        agents: planned(read.text === ours ? 'present' : 'written'),
        after: ours,
        record: { file, agents: users, kept: 0, made, undo: undoOf('', ours) },
      },
    ];
  }
  if (read.text === null) return [];
  const stays = (change: 'kept' | 'edited', left = record): PlannedFile[] => [
    { read, agents: planned(change), after: read.text, record: left },
  ];
  if (!isOurs) return record === null ? [] : stays('edited', null);
  if (users.length > 0 && record !== null) return stays('kept', { ...record, agents: users });
  return [{ read, agents: planned('removed'), after: null, record: null }];
}

function notOurs(file: string): QueueError {
  return new QueueError(
    'conflict',
    `${file} is not as setup writes it`,
    'Move it away, then try again: nothing was changed in any file',
    { file },
  );
}
