/** A log: the editor's log channel, or stderr in other programs. */
export interface Log {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string, cause?: unknown): void;
}

/** Discards everything; the default in libraries and tests. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
