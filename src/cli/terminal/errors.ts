/** Refusals as the command line tells them, and the exit codes that follow from them. */

import { type ErrorCode, messageOf, QueueError } from '../../core/errors';

export const exitCodes = {
  done: 0,
  refused: 1,
  usage: 2,
  /** No queue here, or its owner cannot be reached. */
  unreachable: 3,
  /** Somebody else has the task: already claimed, or the lease is superseded. */
  taken: 4,
  /** By Ctrl-C. */
  interrupted: 130,
  terminated: 143,
} as const;

const codesOfRefusals: Partial<Record<ErrorCode, number>> = {
  already_claimed: exitCodes.taken,
  lease_superseded: exitCodes.taken,
  unavailable: exitCodes.unreachable,
  upgrade_required: exitCodes.unreachable,
};

/** What the command line itself refuses. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly validOptions: readonly string[];
  readonly suggestion: string | undefined;
  readonly exitCode: number;

  /**
   * @param message one sentence that names the thing
   * @param more what is allowed, what to do next, and the exit code (1 by default)
   */
  constructor(
    message: string,
    more: { validOptions?: readonly string[]; suggestion?: string; exitCode?: number } = {},
  ) {
    super(message);
    this.validOptions = more.validOptions ?? [];
    this.suggestion = more.suggestion;
    this.exitCode = more.exitCode ?? exitCodes.refused;
  }
}

/** A value that is not allowed: `Invalid <field>: <value>`. */
export function invalid(
  field: string,
  value: string,
  more: { validOptions?: readonly string[]; suggestion?: string } = {},
): CommandError {
  return new CommandError(`Invalid ${field}: ${value}`, more);
}

/** Something that was not found: `<Kind> not found: <id>`. */
export function notFound(kind: string, id: string, suggestion?: string): CommandError {
  return new CommandError(`${kind} not found: ${id}`, { suggestion });
}

/** An action that the present state forbids: `<Action> not allowed in <state> state`. */
export function wrongState(action: string, state: string, suggestion: string): CommandError {
  return new CommandError(`${action} not allowed in ${state} state`, { suggestion: `Try: ${suggestion}` });
}

/** A name or id without the blanks around it; refused when nothing is left. */
export function required(field: string, value: string, suggestion?: string): string {
  const trimmed = value.trim();
  if (trimmed === '') throw new CommandError(`${field} is required`, { suggestion });
  return trimmed;
}

/** Another process serves the queue. */
export function alreadyRunning(pid: number): CommandError {
  return new CommandError(`SparkQ server already running (PID ${pid})`, {
    suggestion: 'Stop it first with: sparkq stop',
  });
}

/** The files cannot be replaced under the process that owns them. */
export function ownedByAnother(who: string): CommandError {
  return new CommandError(`Restore not allowed while the queue is open: ${who}`, {
    suggestion: 'Stop it first with: sparkq stop, or close the editor window',
  });
}

/** There is no queue in this folder, nor in one above it. */
export function noQueue(folder: string): CommandError {
  return new CommandError(`No queue in ${folder}`, {
    suggestion: 'Create one with: sparkq setup',
    exitCode: exitCodes.unreachable,
  });
}

/** Where to look for what was not found, by the word that the refusal begins with. */
const lists: Readonly<Record<string, string>> = {
  Session: 'sparkq session list',
  Stream: 'sparkq stream list',
  Task: 'sparkq tasks',
  // The second is the name that programs know from the original.
  Tool: 'sparkq tools list (or: sparkq list tools)',
};

/** The lines for stderr, and the exit code, of anything that was thrown. */
export function describeError(error: unknown): { lines: string[]; exitCode: number } {
  if (error instanceof CommandError) {
    const { message, validOptions, suggestion, exitCode } = error;
    return { lines: errorLines(message, validOptions, suggestion), exitCode };
  }
  if (!QueueError.is(error)) return { lines: errorLines(messageOf(error)), exitCode: exitCodes.refused };
  const exitCode = codesOfRefusals[error.code] ?? exitCodes.refused;
  if (error.code === 'storage_failed') {
    return {
      lines: errorLines(
        `Database error: ${error.message}`,
        [],
        error.hint ?? 'Check database file and permissions',
      ),
      exitCode,
    };
  }
  return { lines: errorLines(error.message, validOptionsOf(error), suggestionOf(error)), exitCode };
}

function errorLines(message: string, validOptions: readonly string[] = [], suggestion?: string): string[] {
  const lines = [`Error: ${message}`];
  if (validOptions.length > 0) lines.push(`Valid options: ${validOptions.join(', ')}`);
  if (suggestion !== undefined && suggestion !== '') lines.push(`Suggestion: ${suggestion}`);
  return lines;
}

function suggestionOf(error: QueueError): string | undefined {
  const kind = error.code === 'not_found' ? /^(\w+) not found/.exec(error.message)?.[1] : undefined;
  const list = kind === undefined ? undefined : lists[kind];
  return list === undefined ? error.hint : `List available: ${list}`;
}

function validOptionsOf(error: QueueError): string[] {
  const options = error.details?.valid_options;
  return Array.isArray(options) ? options.map(String) : [];
}
