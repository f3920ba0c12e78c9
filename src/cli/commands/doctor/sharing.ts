/** What `sparkq doctor` says of the hosts that share a queue, and of what this one runs for them. */

import { readHostFacts } from '../../../config/hostFacts';
import type { Host, RunsOn } from '../../../core/model';
import type { Queue } from '../../../core/queue';
import { localText } from '../../../core/times';

export interface Sharing {
  hosts: readonly Host[];
  /** Whose tasks are started here. */
  accepts: readonly string[];
  /** The active streams. */
  streams: readonly StreamHere[];
}

interface StreamHere {
  name: string;
  runs_here: boolean;
  /** What it runs on. */
  because: string;
}

/** @param home the user folder */
export async function examineSharing(queue: Queue, home: string): Promise<Sharing> {
  const hosts = await queue.listHosts();
  const { items } = await queue.listStreams({ status: 'active', limit: 100 });
  const own = hosts.find(({ here }) => here)?.person ?? null;
  return {
    hosts,
    accepts: [...(own === null ? [] : [own]), ...readHostFacts(home).accept],
    streams: items.map(({ name, runs_here, runs_on }) => ({
      name,
      runs_here,
      because: placesOf(runs_on, hosts),
    })),
  };
}

function placesOf(runsOn: RunsOn | null, hosts: readonly Host[]): string {
  if (runsOn === null) return 'any host';
  if ('labels' in runsOn) return `hosts with ${runsOn.labels.join(', ')}`;
  return runsOn.hosts.map((id) => hosts.find((host) => host.id === id)?.name ?? id).join(', ');
}

export function sharingLines(sharing: Sharing | undefined): [string, string | null][] {
  if (sharing === undefined) return [];
  const { hosts, accepts, streams } = sharing;
  const those = (here: boolean) =>
    streams.filter((one) => one.runs_here === here).map(({ name, because }) => `${name} (${because})`);
  return [
    ...hosts.map((host): [string, string] => ['Host', hostLine(host)]),
    ['Starts', `tasks of ${accepts.join(', ') || 'everybody'}`],
    ['Runs here', those(true).join(', ') || 'no stream'],
    ['Elsewhere', those(false).join(', ') || 'no stream'],
  ];
}

function hostLine({ name, here, person, state, seen_at: seen, labels, version }: Host): string {
  const facts = [
    here ? 'this one' : `${state}, seen ${localText(seen)}`,
    ...(person === null ? [] : [person]),
    `SparkQ ${version}`,
    ...labels,
  ];
  return `${name}: ${facts.join(', ')}`;
}
