/** Other versions of Node than the one that runs the tests. */

import path from 'node:path';
import { cached } from './cache';
import { unpack } from './npmPackages';

/** The newest release of each line that SparkQ supports, and the oldest release that it does. */
export const supportedNodes = ['20.19.6', '22.23.3', '24.21.0', '26.12.1'] as const;

/** A Node for this machine, as the path of its program. Its package has it as a plain file: nothing has to be run. */
export async function provisionNode(version: string): Promise<string> {
  const folder = await cached(`node-${version}-${process.arch}`, (building) =>
    unpack(building, `node-linux-${process.arch}@${version}`, 'package/bin/node', 'node'),
  );
  return path.join(folder, 'node', 'bin', 'node');
}
