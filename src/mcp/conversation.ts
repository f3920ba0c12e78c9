/** Which conversation of an agent makes a call. */

/**
 * What clients put into `_meta` to name the conversation: VS Code, Codex. What names a single call, such as Claude's
 * `claudecode/toolUseId`, is not among them.
 */
const names = ['vscode.conversationId', 'threadId'];

/** The conversation of a client that names none: the one that started this process. */
export const onlyConversation = 'this process';

/** @param meta the `_meta` of a call */
export function conversationOf(meta: Readonly<Record<string, unknown>> | undefined): string {
  for (const name of names) {
    const value = meta?.[name];
    if (typeof value === 'string' && value.trim() !== '') return `${name} ${value}`;
  }
  return onlyConversation;
}
