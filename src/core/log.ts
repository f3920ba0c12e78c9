/** Where a room reports what a person may need later. The editor gives its log channel, programs give stderr. */
export interface Log {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string, cause?: unknown): void;
}

/** Drops everything; the default of libraries and tests. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
