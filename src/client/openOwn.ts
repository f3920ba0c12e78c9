/** Becoming the owner. Loaded when it comes to that: a client needs none of it. */

import { LocalQueue } from '../store/localQueue';
import type { HeartbeatMonitor } from '../store/ownership/ownerLock';
import type { OpenQueueOptions, OwnQueue } from './options';

/** @throws QueueError `conflict` while another live process owns the files */
export function openOwn(options: OpenQueueOptions, watch: HeartbeatMonitor): Promise<OwnQueue> {
  const { storage, programs, role, workspace, config, log, version, clock } = options;
  return LocalQueue.open({ storage, programs, role, workspace, config, log, version, clock, watch });
}
