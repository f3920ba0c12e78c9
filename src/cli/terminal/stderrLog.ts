/** A program's log on stderr; SPARKQ_LOG sets how much of it. */

import { stackOf } from '../../core/errors';
import type { Log } from '../../core/log';
import { writeError } from './streams';

const levels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
type Level = (typeof levels)[number];

/** @param usual the lowest level written unless SPARKQ_LOG names another one */
export function stderrLog(env: NodeJS.ProcessEnv, usual: Level): Log {
  const wanted = levels.find((level) => level === env.SPARKQ_LOG) ?? usual;
  const write = (level: Level, message: string) => {
    if (levels.indexOf(level) >= levels.indexOf(wanted)) writeError(`[${level}] ${message}\n`);
  };
  return {
    debug: (message) => write('debug', message),
    info: (message) => write('info', message),
    warn: (message) => write('warn', message),
    error: (message, cause) =>
      write('error', cause === undefined ? message : `${message}\n${stackOf(cause)}`),
  };
}
