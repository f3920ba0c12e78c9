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
