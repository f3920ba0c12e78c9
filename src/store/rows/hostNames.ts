/** Which hosts a stream names, checked, as it is stored. */

import { QueueError } from '../../core/errors';
import type { RunsOn } from '../../core/model';
import { invalid } from '../../core/refusals';
import type { Reader } from '../engine/database';
import { type HostFacts, selectHosts } from './hostTable';

/** How many hosts or labels a stream names at most. */
const most = 100;

/**
 * @param given names or ids of hosts, of which `here` is the one that is asked, or labels
 * @param here undefined where hosts do not share the queue
 * @throws QueueError `not_found` for a host that has never had the queue open
 */
export function runsOnText(
  reader: Reader,
  given: RunsOn | 'any',
  here: HostFacts | undefined,
): string | null {
  if (given === 'any') return null;
  if ('labels' in given) return JSON.stringify({ labels: checkNames('labels', given.labels) });
  if (here === undefined) {
    throw new QueueError(
      'wrong_state',
      'The queue is in the files of this host, which runs all of it',
      'Leave "runs_on" out, or move the queue to a server: sparkq migrate --to.',
    );
  }
  const known = selectHosts(reader);
  const ids = checkNames('hosts', given.hosts).map((name) => {
    if (name === 'here') return here.id;
    const found = known.filter((host) => host.id === name || host.name === name);
    if (found.length === 1 && found[0]) return found[0].id;
    throw found.length === 0
      ? new QueueError('not_found', `Host ${name} not found`, 'See sparkq hosts.')
      : new QueueError('conflict', `${found.length} hosts are named ${name}`, 'Name one by its id.');
  });
  return JSON.stringify({ hosts: [...new Set(ids)] });
}

function checkNames(field: 'hosts' | 'labels', names: readonly unknown[]): string[] {
  const texts = Array.isArray(names) ? names.map((name) => String(name).trim()) : [];
  if (texts.length === 0 || texts.length > most || texts.includes('')) {
    throw invalid(`runs_on.${field}`, names, `Give 1 to ${most} of them, none of which is blank.`);
  }
  return texts;
}
