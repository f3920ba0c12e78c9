/** All processes that a run has started. */

import { messageOf } from '../../core/errors';

export interface TreeOptions {
  /** The script's process, leader of the group of the same number; null when not known. */
  root: number | null;
  /** Environment variables that every process of the run inherited. */
  marker: Readonly<Record<string, string>>;
  /** Between which times the script was started, in milliseconds since 1970; null when not known. */
  started: { from: number; until: number } | null;
  /** Whether `root` is certainly the script's pid now, since this process holds it. */
  isHeld(): boolean;
}

/** How a tree was ended. */
export interface TreeEnd {
  /** How many processes there were. */
  found: number;
  /** Pids of those that could not be ended. */
  left: readonly number[];
  /** What failed, where something is left or may be. */
  failures: readonly string[];
}

/** All processes of a run. */
export interface Tree {
  /** Pids of the live members; null where they cannot be known. */
  members(): Promise<number[] | null>;
  /** Stops all members until `continue`, or leaves them running where the system cannot. */
  suspend(): Promise<void>;
  continue(): Promise<void>;
  /** Ends all members, suspended ones too, those that are asked and still live after `graceMs` by force. Resolves when no more can be done. */
  end(graceMs: number): Promise<TreeEnd>;
}

/** What the row of a task says of processes that live on, or may; null where there is nothing to say. */
export function leftText({ left, failures }: TreeEnd): string | null {
  if (left.length === 0 && failures.length === 0) return null;
  const what =
    left.length === 0
      ? 'Processes that the script started may live on'
      : `${left.length === 1 ? 'Process' : 'Processes'} ${left.join(', ')} could not be ended`;
  return failures.length === 0 ? `${what}.` : `${what} (${failures.join('; ')}).`;
}

/** The failure to list the processes of the system. */
export function unlisted(error: unknown): string {
  return `its processes could not be listed: ${firstLine(error)}`;
}

/** What went wrong, in a program's own words where it said something. */
export function firstLine(error: unknown): string {
  const text = isFailedProgram(error) && error.stderr.trim() !== '' ? error.stderr : messageOf(error);
  return text.trim().split(/\r?\n/)[0] ?? '';
}

function isFailedProgram(error: unknown): error is Error & { stderr: string } {
  return error instanceof Error && 'stderr' in error && typeof error.stderr === 'string';
}
