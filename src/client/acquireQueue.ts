/** Gets access to a queue: through its owner's server, or by becoming the owner where there is none. */

import { sleep, systemClock } from '../core/clock';
import { QueueError } from '../core/errors';
import { protocolVersion, takesOver } from '../core/protocol';
import type { Queue } from '../core/queue';
import type { OwnerInfo } from '../store/ownership/ownerLock';
import { type Discovery, readDiscovery, tokenFor } from './discovery';
import type { OpenLocal, OpenQueueOptions, OwnedQueue } from './options';
import type { OwnerMonitor } from './ownerMonitor';
import { RemoteQueue } from './remote/remoteQueue';
import type { Serving } from './serving';

/** Milliseconds between two tries. */
const poll = 50;

export type Acquired =
  | { role: 'owner'; queue: OwnedQueue; serving: Serving | null }
  | { role: 'client'; queue: RemoteQueue; url: string; generation: number };

export interface AcquireRequest {
  options: OpenQueueOptions;
  openLocal: OpenLocal;
  monitor: OwnerMonitor;
  /** Fail when the wanted port is taken. */
  strictPort: boolean;
  /** Milliseconds for which the queue is left to another process that it was handed over to. */
  yieldMs: number;
  /** Milliseconds after which to give up. */
  waitMs: number;
  onHandover: () => void;
  /** Whether the queue was closed meanwhile. */
  stopped: () => boolean;
}

/**
 * Connects to the owner, or becomes it.
 * @throws QueueError `unavailable` when neither can be done in time; `upgrade_required` when the owner is newer
 */
export async function acquireQueue(request: AcquireRequest): Promise<Acquired> {
  const clock = request.options.clock ?? systemClock;
  const start = clock.monotonic();
  const asked = new Set<number>();
  let conflict: QueueError | undefined;
  const onConflict = (error: QueueError): void => {
    conflict = error;
  };
  for (;;) {
    if (request.stopped()) throw new QueueError('unavailable', 'The queue was closed');
    const owner = await request.monitor.respondingOwner();
    const passed = clock.monotonic() - start;
    const acquired =
      owner === null ? await becomeOwner(request, passed, onConflict) : await connect(request, owner, asked);
    if (acquired !== null) return acquired;
    if (passed >= request.waitMs) throw unreachable(request.options.storage, owner, conflict);
    await sleep(poll, clock);
  }
}

/** Null when another process was faster. */
async function becomeOwner(
  request: AcquireRequest,
  passed: number,
  onConflict: (error: QueueError) => void,
): Promise<Acquired | null> {
  if (passed < request.yieldMs) return null;
  const { options, monitor, strictPort, onHandover } = request;
  let queue: OwnedQueue;
  try {
    queue = await request.openLocal(options, monitor.heartbeat);
  } catch (error) {
    if (!QueueError.is(error, 'conflict')) throw error;
    onConflict(error);
    return null;
  }
  if (!options.serve) return { role: 'owner', queue, serving: null };
  try {
    const { serveQueue } = await import('./serving');
    return { role: 'owner', queue, serving: await serveQueue(queue, options, { strictPort, onHandover }) };
  } catch (error) {
    await closeQuietly(queue, options);
    throw error;
  }
}

/** Null while the owner serves nobody, or has not announced its address yet. */
async function connect(
  request: AcquireRequest,
  owner: OwnerInfo,
  asked: Set<number>,
): Promise<Acquired | null> {
  const { home, storage, version, caller, clock } = request.options;
  const discovery = readDiscovery(home, storage);
  if (discovery === null || discovery.generation !== owner.generation) return null;
  if (discovery.protocol > protocolVersion) {
    throw new QueueError(
      'upgrade_required',
      `The queue is owned by SparkQ ${discovery.version}, which is newer than this program (${version})`,
      `Update this program to SparkQ ${discovery.version}`,
    );
  }
  const { url } = discovery;
  const token = tokenFor(caller, discovery);
  const queue = new RemoteQueue({ url, token, version, caller, patience: 0, clock });
  if (!asked.has(owner.generation) && wantsHandover(request.options, discovery)) {
    asked.add(owner.generation);
    if (await agreesToHandOver(queue, request.options)) {
      await queue.close();
      return null;
    }
  }
  if (discovery.protocol < protocolVersion) {
    await queue.close();
    return null;
  }
  return { role: 'client', queue, url, generation: owner.generation };
}

/** A program that stays may take the queue over; a command does so only where it must. */
function wantsHandover(options: OpenQueueOptions, discovery: Discovery): boolean {
  return discovery.protocol < protocolVersion || (options.serve && takesOver(options, discovery));
}

async function agreesToHandOver(queue: RemoteQueue, { role }: OpenQueueOptions): Promise<boolean> {
  try {
    await queue.requestHandover(role);
    return true;
  } catch (error) {
    if (QueueError.is(error)) return false;
    throw error;
  }
}

function unreachable(storage: string, owner: OwnerInfo | null, cause: QueueError | undefined): QueueError {
  const who = owner === null ? '' : ` (process ${owner.pid}, ${owner.role})`;
  return new QueueError(
    'unavailable',
    `The queue in ${storage} is in use by a process that does not respond${who}`,
    'Try again when it has ended',
    owner === null ? undefined : { pid: owner.pid, role: owner.role, since: owner.since },
    { cause },
  );
}

/** Closes a queue that is no longer used; a failure is only logged. */
export async function closeQuietly(queue: Pick<Queue, 'close'>, { log }: OpenQueueOptions): Promise<void> {
  try {
    await queue.close();
  } catch (error) {
    log.warn(`The queue was not closed cleanly: ${String(error)}`);
  }
}
