import { QueueError } from '../../core/errors';

/** What a button of a message does: one of our commands, or one of VS Code's by id. */
export interface Remedy {
  title: string;
  command: string;
  arguments?: readonly unknown[];
}

/** What the editor itself refuses: a sentence for the person, and the button that mends it. */
export class EditorRefusal extends Error {
  override readonly name = 'EditorRefusal';

  constructor(
    message: string,
    readonly remedy?: Remedy,
  ) {
    super(message);
  }
}

/** A refusal as a person reads it: what happened, then what to do. */
export function sentencesOf(error: EditorRefusal | QueueError): string {
  const hint = error instanceof QueueError ? error.hint : undefined;
  // A hint that only lists or tries a command of the command line is no help in a window; one that tells of it in a
  // sentence (`sparkq restore`) may be all the help there is.
  return hint && !/(?<!`)\bsparkq [a-z]/.test(hint) ? `${withStop(error.message)} ${hint}` : error.message;
}

/** What `check` refuses, as an input box shows it; undefined when it refuses nothing. */
export function problemOf(check: () => unknown): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (QueueError.is(error)) return sentencesOf(error);
    throw error;
  }
}

function withStop(text: string): string {
  return /[.!?:]$/.test(text) ? text : `${text}.`;
}
