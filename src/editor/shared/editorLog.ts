import type * as vscode from 'vscode';
import { stackOf } from '../../core/errors';
import type { Log } from '../../core/log';

/** The log channel "SparkQ". A stack is written only the first time that it occurs. */
export class EditorLog implements Log {
  private readonly seen = new Set<string>();

  constructor(private readonly channel: vscode.LogOutputChannel) {}

  debug(message: string): void {
    this.channel.debug(message);
  }

  info(message: string): void {
    this.channel.info(message);
  }

  warn(message: string): void {
    this.channel.warn(message);
  }

  error(message: string, cause?: unknown): void {
    const stack = cause === undefined ? '' : stackOf(cause);
    const isNew = stack !== '' && !this.seen.has(stack);
    this.seen.add(stack);
    this.channel.error(isNew ? `${message}\n${stack}` : message);
  }

  show(): void {
    this.channel.show();
  }
}
