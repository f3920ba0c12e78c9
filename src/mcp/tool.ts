/** A tool that agents call, and what it is given with a call. */

import type { z } from 'zod';
import type { GitEnd, Task } from '../core/model';
import type { ClaimRequest, Queue } from '../core/queue';
import type { BoundRun } from '../runner/boundRun';
import type { HeldClaims } from './heldClaims';

/** What git says of the folders that tasks come from, as the claims of the command line say it. */
export interface GitState {
  atClaim(): Promise<Pick<ClaimRequest, 'git' | 'git_elsewhere'>>;
  atEnd(queue: Queue, task: Task): Promise<GitEnd | undefined>;
}

export interface Call {
  queue: Queue;
  claims: HeldClaims;
  git: GitState;
  conversation: string;
  /** The ids of the tasks that the conversation has queued. */
  queued: Set<string>;
  /** The id of the worker that the conversation is. */
  worker(): Promise<string>;
  signal: AbortSignal;
}

export interface Tool<S extends z.ZodObject = z.ZodObject> {
  name: string;
  description: string;
  /** Changes nothing. */
  readOnly: boolean;
  input: S;
  /**
   * Of an agent that is itself a run of the queue: answers without the queue what is about that run; null for anything
   * else.
   */
  ofRun?(input: z.output<S>, run: BoundRun): object | null;
  /** Answers with what the model reads, as JSON. */
  run(input: z.output<S>, call: Call): Promise<object>;
}

/** A tool whose input is typed by its schema. */
export function tool<S extends z.ZodObject>(tool: Tool<S>): Tool {
  return tool as unknown as Tool;
}
