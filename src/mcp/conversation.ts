/** Which conversation of an agent makes a call. */

import { mostCallerText } from '../core/protocol';

/**
 * What clients put into `_meta` to name the conversation: VS Code, Codex. What names a single call, such as Claude's
 * `claudecode/toolUseId`, is not among them.
 */
const names = ['vscode.conversationId', 'threadId'];

/** @param meta the `_meta` of a call; undefined where the client names none */
export function conversationOf(meta: Readonly<Record<string, unknown>> | undefined): string | undefined {
  for (const name of names) {
    const value = meta?.[name];
    if (typeof value === 'string' && value.trim() !== '') return `${name} ${value}`.slice(0, mostCallerText);
  }
  return undefined;
}
