import { type ErrorCode, messageOf, messageWithHint, QueueError } from '../../core/errors';

/** The button of a message: a command of ours, or one of VS Code's. */
export interface Remedy {
  title: string;
  command: string;
  arguments?: readonly unknown[];
}

/** A refusal by the editor itself: a sentence for the person, and the button that solves the problem. */
export class EditorRefusal extends Error {
  override readonly name = 'EditorRefusal';

  constructor(
    message: string,
    readonly remedy?: Remedy,
  ) {
    super(message);
  }
}

/** Refusals whose hint names a command of the command line, which is no help in a window. */
const hintedForCommandLine = new Set<ErrorCode>([
  'not_found',
  'wrong_state',
  'already_claimed',
  'not_ready',
  'stream_ended',
  'session_ended',
]);

/** An error for the person: what happened, then what to do. */
export function explain(error: unknown): string {
  if (QueueError.is(error) && hintedForCommandLine.has(error.code)) return messageOf(error);
  return messageWithHint(error);
}

/** The file from which acknowledged changes are missing, if that is why a queue was not opened. */
export function lossyFileOf(error: unknown): string | undefined {
  if (!QueueError.is(error, 'storage_failed') || error.details?.lost_changes === undefined) return undefined;
  return String(error.details.file);
}

/** The server that sparkq.yml names, if a queue was not opened because nobody has agreed to that. */
export function suggestedServerOf(error: unknown): string | undefined {
  if (!QueueError.is(error, 'forbidden') || error.details?.database === undefined) return undefined;
  return String(error.details.database);
}

/** Why `check` refuses an answer, as an input box shows it; undefined when it accepts it. */
export function problemOf(check: () => unknown): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (QueueError.is(error)) return explain(error);
    throw error;
  }
}
