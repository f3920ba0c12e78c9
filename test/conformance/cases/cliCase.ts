/** What the cases of the command line alone have in common. */

import assert from 'node:assert/strict';
import type { Ended } from '../../support/commandLine';
import type { Owner } from '../owner';
import { type Cli, refusalOf } from '../program';
import type { RowId } from '../rows';

export interface CliCase {
  name: string;
  rows: readonly RowId[];
  /** In the folder of a queue that is served. */
  run(cli: Cli, owner: Owner): Promise<void>;
}

/** Asserts that a run was refused with this exit code and these lines on stderr. */
export function refused(ended: Ended, exit: number, ...lines: (string | RegExp)[]): void {
  assert.equal(ended.code, exit, ended.stderr);
  refusalOf(ended);
  const said = ended.stderr.trimEnd().split('\n');
  lines.forEach((line, at) => {
    if (typeof line === 'string') assert.equal(said[at], line);
    else assert.match(said[at] ?? '', line);
  });
}
