/** The options that `complete` and `fail` share. */

import { Option } from '@commander-js/extra-typings';
import { parseInteger } from '../../terminal/options';

export const stdout = new Option('--stdout <text>', 'what the work printed');
export const stderr = new Option('--stderr <text>', 'what it printed on stderr');
export const lease = new Option(
  '--lease <lease>',
  'the lease from the claim; refused if another worker holds the task now',
);
export const exitCode = new Option('--exit-code <number>', 'what the work exited with').argParser(
  parseInteger,
);
