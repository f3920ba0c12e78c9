/** The hosts that share a queue. */

import { fromInstant } from '../../core/clock';
import type { Host } from '../../core/model';
import type { Reader } from '../engine/database';

/** A host that has not been heard of for so long is silent, milliseconds. */
export const silentAfter = 90_000;

/** What a host says of itself. */
export interface HostFacts {
  id: string;
  name: string;
  labels: readonly string[];
  /** Who it is on the server; undefined where nobody knows. */
  person?: string;
  /** Others whose tasks it starts. */
  accept: readonly string[];
}

export interface HostRow extends Pick<HostFacts, 'id' | 'name' | 'labels'> {
  person: string | null;
  version: string;
  platform: string;
  seen_at: string;
  left_at: string | null;
}

export function selectHosts(reader: Reader): HostRow[] {
  const columns = 'id, name, person, labels, version, platform, seen_at, left_at';
  return reader
    .all(`SELECT ${columns} FROM hosts ORDER BY name, id`)
    .map((row) => ({ ...row, labels: JSON.parse(String(row.labels)) }) as unknown as HostRow);
}

/** @param now wall-clock milliseconds */
export function stateOf({ seen_at: seen, left_at: left }: HostRow, now: number): Host['state'] {
  if (left !== null) return 'gone';
  return now - fromInstant(seen) > silentAfter ? 'silent' : 'present';
}
