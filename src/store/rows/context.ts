/** What the groups of operations share. */

import type { Change } from './change';
import type { Surroundings } from './surroundings';

export interface Context extends Surroundings {
  /** Whether no later owner has come. */
  stillOurs(): boolean;
  /** Runs `work` in a transaction, which it may share with others, and resolves when that is durable. */
  change<T>(work: (change: Change) => T): Promise<T>;
}
