import type * as vscode from 'vscode';
import { stackOf } from '../../core/errors';
import type { Log } from '../../core/log';

/** The log channel "SparkQ". An error with the same stack is written in full once, later ones in a line. */
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
