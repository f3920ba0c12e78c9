/** What stands around a change of the queue. */

import type { Clock } from '../../core/clock';
import type { ConfigSource } from '../../core/config';
import type { Log } from '../../core/log';
import type { Database } from '../engine/database';
import type { EventHub } from './eventHub';

export interface Surroundings {
  db: Database;
  clock: Clock;
  config: ConfigSource;
  log: Log;
  hub: EventHub;
  /** The queue's folder. */
  storage: string;
  /** Session of each stream; a stream never changes it. */
  sessionOf: Map<string, string>;
  /** Something may have become ready on a stream: serves those who wait for it. */
  wake(streamId: string): void;
  /** The queue has to look after something at that time, wall-clock milliseconds. */
  due(at: number): void;
}
