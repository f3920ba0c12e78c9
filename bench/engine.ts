/** What is measured: a queue that can take, hand out and finish tasks. */

export interface Engine {
  /** Adds a task to stream number `stream` and answers when it has promised what `promise` says. */
  enqueue(stream: number): Promise<void>;
  /** Hands out the oldest task of a stream; its id, or undefined when there is none. */
  claimNext(stream: number): Promise<string | undefined>;
  /** Hands out one task; false when somebody else has it. */
  claimById(id: string): Promise<boolean>;
  complete(id: string): Promise<void>;
  /** Adds `count` queued tasks, spread over `streams` streams, in any way; their ids. Not measured. */
  fill(count: number, streams: number): Promise<string[]>;
  close(): Promise<void>;
}

export interface EngineKind {
  name: string;
  /** What is certain at the moment it answers, in a few words. */
  promise: string;
  /** Runs every call on the event loop, so callers only wait in line. */
  synchronous: boolean;
  /** Opens a store in `folder`, with `history` finished tasks in it. */
  open(folder: string, history: number): Promise<Engine>;
  /** Skipped where one change costs as much as the whole database. */
  longestHistory?: number;
  /** Has no place for finished tasks of the same rows: it is measured on an empty store only. */
  hasHistory?: false;
}

export const streamCount = 100;
export const payload = JSON.stringify({
  script_path: 'scripts/build.sh',
  args: ['--fast'],
  note: 'x'.repeat(220),
});
