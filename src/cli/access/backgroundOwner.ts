/** What the process that `sparkq up` starts does until it ends. */

import { type BackgroundFacts, lockBackground } from '../../client/background';
import type { OpenQueue } from '../../client/openQueue';
import { Wakefulness } from '../../client/wakefulness';
import { isWorkLeft, readWorkLeft } from '../../client/workLeft';
import { toInstant } from '../../core/clock';
import { Coalescer } from '../../core/coalescer';
import { messageOf } from '../../core/errors';
import type { Log } from '../../core/log';
import { isNewer } from '../../core/protocol';
import type { Runner } from '../../runner/runner';
import { StreamWorkers } from '../../runner/streamWorker/streamWorkers';
import type { PidLock } from '../../system/pidLock';
import { programsBuild, version } from '../version';
import type { QueueLocation } from './locate';
import { openWorkspace } from './openWorkspace';

/** Milliseconds between two looks at what does not announce itself: the lock, and the files of this program. */
const lookEvery = 1_000;
/** Milliseconds from a change of the queue until it is asked whether work is left, and between two such questions. */
const idlePace = 500;

export type BackgroundEnd =
  /** Somebody asked for it. */
  | 'stopped'
  /** Nothing was left to do. */
  | 'idle'
  /** A newer program has the queue, or this one was removed. */
  | 'replaced';

const endings: Readonly<Record<BackgroundEnd, string>> = {
  stopped: 'Ended because somebody asked for it. What runs goes on.',
  idle: 'Ended because nothing is left to do.',
  replaced:
    'Ended because SparkQ was updated or removed. What was running has ended; nothing new was started.',
};

export interface BackgroundOptions {
  env: NodeJS.ProcessEnv;
  log: Log;
  /** Resolves when the process is to end. */
  stopped: Promise<unknown>;
  /** Called when the queue is open and its streams are worked on. */
  onReady: () => void;
}

/**
 * Owns the queue, or waits as a client until its owner ends, and works on its streams.
 * @returns why it has ended; null when another background process is there
 */
export async function runInBackground(
  place: QueueLocation,
  facts: BackgroundFacts,
  options: BackgroundOptions,
): Promise<BackgroundEnd | null> {
  const lock = lockBackground(place.storage, facts);
  if (lock === null) return null;
  const background = new BackgroundOwner(place, facts, options, lock);
  process.once('exit', () => background.unlock());
  return background.run();
}

class BackgroundOwner {
  private readonly ended: Promise<BackgroundEnd>;
  private end: (why: BackgroundEnd) => void = () => {};
  private readonly build = programsBuild();
  /** Starts nothing more. */
  private leaving = false;

  constructor(
    private readonly place: QueueLocation,
    private readonly facts: BackgroundFacts,
    private readonly options: BackgroundOptions,
    private lock: PidLock,
  ) {
    this.ended = new Promise((resolve) => {
      this.end = resolve;
    });
    void options.stopped.then(() => this.end('stopped'));
  }

  unlock(): void {
    this.lock.release();
  }

  async run(): Promise<BackgroundEnd> {
    const { env, log, onReady } = this.options;
    const open = await openWorkspace(this.place, env, { role: 'up', onStop: () => this.end('stopped'), log });
    const { queue, runner, storage, config } = open;
    const only = this.facts.streams ?? undefined;
    const allowed = () => !this.leaving;
    const awake = () => (queue.role() === 'owner' ? this.facts.keep_awake : 'never');
    const wakefulness = new Wakefulness({ queue, choice: awake, log });
    const workers = new StreamWorkers({ queue, runner, storage, config, log, allowed, only });
    const looking = setInterval(() => this.look(), lookEvery);
    const idle = new Coalescer(() => this.endIfIdle(queue), { delay: idlePace, gap: idlePace });
    try {
      queue.onDidChangeRole((role) => {
        log.info(role === 'owner' ? 'Owns the queue.' : 'Another process owns the queue.');
        void workers.refresh();
        wakefulness.chosen();
        if (role === 'client') void this.leaveToNewer(queue);
      });
      await open.scanned;
      await workers.start();
      onReady();
      if (this.facts.while_work) {
        queue.subscribe(() => idle.request());
        idle.request();
      }
      const why = await this.ended;
      if (why === 'replaced') await this.finish(workers, runner);
      log.info(endings[why]);
      return why;
    } finally {
      clearInterval(looking);
      idle.stop();
      wakefulness.stop();
      workers.dispose();
      await open.close();
      this.unlock();
    }
  }

  private look(): void {
    if (!this.lock.isHeld()) this.end('stopped');
    else if (!this.isInstalled()) this.end('replaced');
  }

  private isInstalled(): boolean {
    try {
      return programsBuild() === this.build;
    } catch {
      return false;
    }
  }

  private async leaveToNewer(queue: OpenQueue): Promise<void> {
    try {
      if (isNewer((await queue.status()).version, version)) this.end('replaced');
    } catch (error) {
      this.options.log.warn(`The new owner of the queue does not answer: ${messageOf(error)}`);
    }
  }

  private async endIfIdle(queue: OpenQueue): Promise<void> {
    const { streams } = this.facts;
    const isIdle = async () => !isWorkLeft(await readWorkLeft(queue, streams));
    try {
      if (!(await isIdle())) return;
      // Who queues something from here on starts another process; what was queued before is seen now.
      this.lock.release();
      const again = (await isIdle()) ? null : lockBackground(this.place.storage, this.facts);
      if (again === null) this.end('idle');
      else this.lock = again;
    } catch (error) {
      this.options.log.warn(`Whether work is left is not known: ${messageOf(error)}`);
      this.end('idle');
    }
  }

  /** Lets the runs end that this process looks after, unless it is asked to end at once. */
  private async finish(workers: StreamWorkers, runner: Runner): Promise<void> {
    this.leaving = true;
    this.options.log.info('SparkQ was updated or removed: nothing new is started here.');
    await workers.refresh();
    const over = async () => {
      while (runner.runs().length > 0) await Promise.all(runner.runs().map(({ ended }) => ended));
    };
    await Promise.race([over(), this.options.stopped]);
  }
}

/** A log whose lines begin with the time. */
export function datedLog(log: Log): Log {
  const dated = (message: string) => `${toInstant(Date.now())} ${message}`;
  return {
    debug: (message) => log.debug(dated(message)),
    info: (message) => log.info(dated(message)),
    warn: (message) => log.warn(dated(message)),
    error: (message, cause) => log.error(dated(message), cause),
  };
}
