import type * as vscode from 'vscode';
import { stackOf } from '../../core/errors';
import type { Log } from '../../core/log';

export interface EditorLog extends Log {
  show(): void;
}

/** A log in an output channel. A stack is written only the first time that it occurs. */
export function editorLog(channel: vscode.LogOutputChannel): EditorLog {
  const seen = new Set<string>();
  return {
    debug: (message) => channel.debug(message),
    info: (message) => channel.info(message),
    warn: (message) => channel.warn(message),
    error(message, cause) {
      const stack = cause === undefined ? '' : stackOf(cause);
      const isNew = stack !== '' && !seen.has(stack);
      seen.add(stack);
      channel.error(isNew ? `${message}\n${stack}` : message);
    },
    show: () => channel.show(),
  };
}
