/** The options of openQueue. */

import type { DatabasePlace } from '../config/databasePlace';
import type { Clock } from '../core/clock';
import type { ConfigSource } from '../core/config';
import type { Unsubscribe } from '../core/events';
import type { Log } from '../core/log';
import type { Origin, OwnerRole } from '../core/model';
import type { Queue } from '../core/queue';
import type { ScriptSource } from '../server/services';
import type { LocalQueueOptions } from '../store/localQueue';
import type { HookCaller } from '../store/operations/hooks/hookEvents';
import type { HeartbeatMonitor } from '../store/ownership/ownerLock';

export interface OpenQueueOptions {
  /** The queue's folder. */
  storage: string;
  /** Real path of the workspace folder. */
  workspace: string | null;
  /** What this process is. */
  role: OwnerRole;
  /** Who calls; by default a person. */
  caller?: Origin;
  config: ConfigSource;
  /** Opens the database of the queue; by default the configuration and the environment say which. */
  database?: LocalQueueOptions['database'];
  /** By default that of this process. */
  env?: NodeJS.ProcessEnv;
  /** The password of a server, as the editor keeps it. */
  secret?: (place: DatabasePlace) => Promise<string | undefined>;
  /** What the server lists as scripts while this process owns the queue; nothing by default. */
  scripts?: ScriptSource;
  /** The dist folder. */
  programs: string;
  log: Log;
  version: string;
  /** The user folder. */
  home: string;
  /**
   * Serve the queue to other processes while owning it, and take it over when its owner ends. Without it the process
   * runs one command: it owns the queue for that long, and becomes the owner only when it calls an operation.
   */
  serve: boolean;
  /** Calls the hooks while this process owns the queue. */
  hooks?: HookCaller;
  /** By default the last one, else any. */
  port?: number;
  /** Refuse to open when `port` is taken; otherwise any other is used, and the log says so. */
  strictPort?: boolean;
  /** By default the queue's own. */
  token?: string;
  /** Milliseconds to wait for a queue whose owner serves nobody; 10,000 by default. */
  waitMs?: number;
  /** Lets `sparkq stop` end this process; called after the answer. */
  onStop?: () => void;
  clock?: Clock;
}

/** The queue in the process that owns its files. */
export interface OwnedQueue extends Queue {
  readonly generation: number;
  onLost(listener: (reason: string) => void): Unsubscribe;
  setUrl(url: string | null): void;
}

/** Opens the files as their owner. @throws QueueError `conflict` while another live process owns them */
export type OpenLocal = (options: OpenQueueOptions, monitor: HeartbeatMonitor) => Promise<OwnedQueue>;
