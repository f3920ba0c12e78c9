/** What this host says of itself to others that share a queue. */

import os from 'node:os';
import path from 'node:path';
import { hostId } from '../system/hostId';
import { readFileIfAny } from '../system/wholeFiles';
import { parseMachineLimits } from './machineLimits';

/** @param home the user folder, with `machine.yml` */
export function readHostFacts(home: string): {
  id: string;
  name: string;
  labels: readonly string[];
  accept: readonly string[];
} {
  const { limits } = parseMachineLimits(readFileIfAny(path.join(home, 'machine.yml')) ?? '');
  return {
    id: hostId(home),
    name: limits.host.name ?? os.hostname(),
    labels: limits.host.labels,
    accept: limits.accept,
  };
}
