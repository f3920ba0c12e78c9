import { QueueError } from '../core/errors';
import type { Opener } from './queueAccess';

/** Opens the queue of a folder. */
export class WorkplaceOpener implements Opener {
  constructor(..._given: unknown[]) {}

  async hasQueue(): Promise<boolean> {
    return false;
  }

  async open(): Promise<never> {
    throw new QueueError('unavailable', 'This version of SparkQ cannot open a queue yet.');
  }
}
