/**
 * Output for the other hosts of a queue. Attempts write files here, whatever happens to the server; what is in them is sent
 * every other second while there is something at work here, and before its end is reported. What the server has says
 * where to go on, after a loss of the connection as after a loss of the process.
 */

import type { Clock, Timer } from '../../core/clock';
import { QueueError } from '../../core/errors';
import type { Log } from '../../core/log';
import { type OutputChunk, type OutputName, type OutputRequest, outputNames } from '../../core/queue';
import { type Database, isShared, type SharedDatabase } from '../engine/database';
import {
  attemptsWritten,
  chunkOf,
  defaultRead,
  endOf,
  type OutputExtent,
  readOutput,
  type readOutputEnd,
} from '../outputFiles';
import {
  type AttemptOutput,
  appendChunk,
  dropChunks,
  type LastChunk,
  lastChunks,
  readChunks,
  removeChunks,
  removeStrayChunks,
  removeUnreported,
} from './chunks';

type NoteOf = Parameters<typeof readOutputEnd>[2];

/** Bytes that are sent at once. */
const chunkSize = 256 * 1024;
/** Milliseconds between two looks at what has been written. */
const interval = 2_000;
/** Of each output of an attempt at work, so many chunks are sent then: more is sent at its end, if it is kept until then. */
const mostAtOnce = 4;
/** So often in a row nothing was written by an attempt that has ended without a report: it is over here as well. */
const mostIdle = 30;
/** What was written within this time before the start may not have been sent by the process before; milliseconds. */
const recently = 24 * 60 * 60 * 1000;
/** How often to go on where another process has sent something meanwhile. */
const mostTries = 3;

/** An attempt whose output is sent. */
interface Sent extends AttemptOutput {
  /** What the server has; undefined until it is known. */
  last: Map<OutputName, LastChunk> | undefined;
  /** Up to where what was dropped is gone on the server. */
  dropped: Map<OutputName, number>;
  /** How often in a row nothing was to be sent although it has ended. */
  idle: number;
  /** Its end has been reported here: nothing follows. */
  reported: boolean;
  /** Resolves when nothing is being sent. */
  sending: Promise<unknown>;
}

/** The output of a queue for its other hosts; undefined where it has none. @param storage the folder of the files */
export function sharedOutputOf(
  db: Database,
  storage: string,
  log: Log,
  clock: Clock,
): SharedOutput | undefined {
  return isShared(db) ? new SharedOutput(db, storage, log, clock) : undefined;
}

export class SharedOutput {
  private readonly sent = new Map<string, Sent>();
  private timer: Timer | undefined;
  private working: Promise<void> | undefined;
  private stopped = false;

  constructor(
    private readonly db: SharedDatabase,
    private readonly storage: string,
    private readonly log: Log,
    private readonly clock: Clock,
  ) {}

  /** Goes on where the process before may have stopped. */
  async begin(): Promise<void> {
    const running = await this.db.read((reader) =>
      reader.values("SELECT id, attempts FROM tasks WHERE status = 'running' AND supervised = 1"),
    );
    for (const [task, attempt] of running) this.follow(String(task), Number(attempt));
    for (const { task, attempt } of await attemptsWritten(this.storage, Date.now() - recently))
      this.follow(task, attempt);
  }

  /** Sends what an attempt writes here from now on, if it does. */
  follow(task: string, attempt: number): void {
    const key = `${task}-${attempt}`;
    if (this.stopped || this.sent.has(key)) return;
    this.sent.set(key, {
      task,
      attempt,
      last: undefined,
      dropped: new Map(),
      idle: 0,
      reported: false,
      sending: Promise.resolve(),
    });
    this.rest();
  }

  /** The end of a run of this task is about to be reported: sends all that it has written, unless the server is away. */
  async finish(task: string): Promise<void> {
    const own = [...this.sent.values()].filter((sent) => sent.task === task);
    for (const sent of own) {
      sent.reported = true;
      await this.send(sent, Number.POSITIVE_INFINITY).catch((error) => this.sayMissing(sent, error));
    }
  }

  /** Sends the output that came with a report, in place of any that was sent before. */
  async replace(task: string, attempt: number): Promise<void> {
    this.forget(task, attempt);
    await this.db.aside((tx) => removeChunks(tx, { task, attempt }));
    this.follow(task, attempt);
    await this.finish(task);
  }

  /** Removes the output that came with a report which was refused. */
  async remove(task: string, attempt: number): Promise<void> {
    this.forget(task, attempt);
    await this.db.aside((tx) => removeUnreported(tx, { task, attempt }));
  }

  /** Removes the output of tasks that are gone. */
  async removeStray(): Promise<void> {
    await this.db.aside(removeStrayChunks);
  }

  /** What the server has of an output. */
  async read(of: AttemptOutput, request: OutputRequest, ended: boolean): Promise<OutputChunk> {
    const { stream, offset = 0, limit = defaultRead, encoding } = request;
    const found = await this.db.read((reader) => readChunks(reader, { ...of, stream }, { offset, limit }));
    const nothing: OutputExtent = { size: 0, dropped: null };
    const { extent, range } = found ?? { extent: nothing, range: { bytes: Buffer.alloc(0), start: 0 } };
    return chunkOf(extent, range, ended, encoding);
  }

  /** The last bytes of each output that the server has of an attempt, as `readOutputEnd` gives them. */
  async readEnds(of: AttemptOutput, limit: number, noteOf: NoteOf): Promise<Map<OutputName, string>> {
    const last = await this.db.read((reader) => lastChunks(reader, of));
    const read = (request: OutputRequest) => this.read(of, request, true);
    const ends = new Map<OutputName, string>();
    for (const [stream, { start, length }] of last)
      ends.set(stream, await endOf(read, { stream, limit }, start + length, noteOf));
    return ends;
  }

  /** Sends nothing more. Resolves when nothing is being sent. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.timer?.cancel();
    await this.working;
    await Promise.all([...this.sent.values()].map(({ sending }) => sending));
  }

  private forget(task: string, attempt: number): void {
    this.sent.delete(`${task}-${attempt}`);
  }

  private rest(): void {
    if (this.stopped || this.timer !== undefined || this.sent.size === 0) return;
    this.timer = this.clock.after(interval, () => {
      this.working = this.sendAll().finally(() => {
        this.timer = undefined;
        this.rest();
      });
    });
  }

  private async sendAll(): Promise<void> {
    try {
      const known = await this.attemptsNow();
      for (const sent of [...this.sent.values()]) {
        if (this.stopped) return;
        const now = known.get(sent.task);
        if (now === undefined) this.forget(sent.task, sent.attempt);
        else if (now === sent.attempt) await this.send(sent, mostAtOnce);
        else await this.sendRest(sent);
      }
    } catch (error) {
      if (QueueError.is(error)) this.log.debug(`Output could not be sent: ${error.message}`);
      else if (!this.stopped) this.log.error('Output could not be sent', error);
    }
  }

  private async sendRest(sent: Sent): Promise<void> {
    const some = await this.send(sent, Number.POSITIVE_INFINITY);
    sent.idle = some ? 0 : sent.idle + 1;
    if (!some && (sent.reported || sent.idle >= mostIdle)) this.forget(sent.task, sent.attempt);
  }

  /** Of each task that there is, the attempt that is at work; -1 for none. */
  private async attemptsNow(): Promise<Map<string, number>> {
    const ids = JSON.stringify([...new Set([...this.sent.values()].map(({ task }) => task))]);
    const rows = await this.db.read((reader) =>
      reader.values(
        'SELECT id, status, attempts FROM tasks WHERE id IN (SELECT value FROM json_each(?))',
        ids,
      ),
    );
    return new Map(
      rows.map(([id, status, attempts]) => [String(id), status === 'running' ? Number(attempts) : -1]),
    );
  }

  /**
   * Sends what has been written since, one call after the other.
   * @param most chunks of each output
   * @returns whether there was anything
   */
  private send(sent: Sent, most: number): Promise<boolean> {
    const sending = sent.sending.then(() => this.sendNow(sent, most));
    sent.sending = sending.catch(() => undefined);
    return sending;
  }

  private async sendNow(sent: Sent, most: number): Promise<boolean> {
    let some = false;
    for (const stream of outputNames) {
      for (let [count, tries] = [0, 0]; count < most && !this.stopped; count++) {
        const result = await this.sendChunk(sent, stream);
        if (result === 'nothing') break;
        some = true;
        if (result === 'sent') continue;
        // Another process has sent something: what the server has is read again.
        sent.last = undefined;
        count -= 1;
        tries += 1;
        if (tries === mostTries) return some;
      }
    }
    return some;
  }

  private async sendChunk(sent: Sent, stream: OutputName): Promise<'nothing' | 'sent' | 'elsewhere'> {
    const of = { task: sent.task, attempt: sent.attempt, stream };
    if (sent.last === undefined) {
      const { size } = await this.readFile(of, 0, 1);
      if (size === 0) return 'nothing';
      sent.last = await this.db.read((reader) => lastChunks(reader, of));
    }
    const last = sent.last.get(stream) ?? { start: 0, length: 0 };
    let chunk = await this.readFile(of, last.start + last.length, chunkSize);
    // Here some bytes were dropped.
    if (chunk.text === '' && chunk.next_offset > last.start + last.length)
      chunk = await this.readFile(of, chunk.next_offset, chunkSize);
    if (chunk.text === '') return 'nothing';
    const bytes = Buffer.from(chunk.text, 'latin1');
    const start = chunk.next_offset - bytes.byteLength;
    const { dropped } = chunk;
    try {
      const added = await this.db.aside((tx) => {
        if (dropped !== null && dropped.to !== sent.dropped.get(stream)) dropChunks(tx, of, dropped);
        return appendChunk(tx, of, last, start, bytes);
      });
      if (added === undefined) return 'elsewhere';
      sent.last.set(stream, added);
      if (dropped !== null) sent.dropped.set(stream, dropped.to);
      return 'sent';
    } catch (error) {
      // It may have been added.
      sent.last = undefined;
      throw error;
    }
  }

  private readFile(
    { task, attempt, stream }: AttemptOutput & { stream: OutputName },
    offset: number,
    limit: number,
  ): Promise<OutputChunk> {
    return readOutput(this.storage, task, attempt, { stream, offset, limit, encoding: 'latin1' }, true);
  }

  private sayMissing({ task }: Sent, error: unknown): void {
    this.log.info(`Output of ${task} is sent later: ${(error as Error).message}`);
  }
}
