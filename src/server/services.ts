/** What the routes use. */

import type { Clock } from '../core/clock';
import type { Log } from '../core/log';
import type { OwnerRole } from '../core/model';
import type { Queue } from '../core/queue';
import type { AccessControl } from './accessControl';

/** The scripts of the workspace, as a catalogue lists them. */
export interface ScriptSource {
  /** Looks at the disk again. */
  refresh(): Promise<void>;
  list(): readonly object[];
  /** With what the files of other programs name, each with its `source`. */
  everything(): readonly object[];
  search(query: string, tag?: string): readonly object[];
  problems(): readonly unknown[];
}

/** Who asks for the queue to be handed over. */
export interface Successor {
  version: string;
  protocol: number;
  role?: OwnerRole;
}

export interface Services {
  queue: Queue;
  scripts: ScriptSource;
  access: AccessControl;
  log: Log;
  clock: Clock;
  version: string;
  /** The dist folder: the pages are in it, and the texts in other languages beside it. */
  programs: string;
  /** Aborted when the server closes: waiting requests give up. */
  closing: AbortSignal;
  /** Hands the queue over to a newer program once the answer is sent; absent where that is impossible. */
  onHandover?: (successor: Successor) => void;
  /** Ends the owner's process once the answer is sent; absent where a client must not decide that. */
  onStop?: () => void;
}
