/** Signals to the script of a run, past its supervisor. */

import { constants } from 'node:os';
import { QueueError } from '../core/errors';
import type { Task } from '../core/model';
import { invalid, wrongState } from '../core/refusals';
import { isErrno } from '../system/errno';
import { readJson } from '../system/wholeFiles';
import { isInSight, isStillAlive } from './liveness';
import { type RunRecord, runPaths } from './runFiles';

/** Those that stop a script without its time limits. */
const stopping: readonly string[] = ['SIGSTOP', 'SIGTSTP', 'SIGCONT', 'SIGTTIN', 'SIGTTOU'];

/**
 * The signal that a person means by `HUP`, `sighup` or `1`.
 * @throws QueueError `invalid_field`
 */
export function signalNamed(text: string): NodeJS.Signals {
  const word = text.trim().toUpperCase();
  const known = Object.entries(constants.signals) as [NodeJS.Signals, number][];
  const found = known.find(([name, number]) => [name, name.slice(3), String(number)].includes(word));
  if (!found) throw invalid('signal', text, 'Name one of the system, such as HUP, INT or USR1');
  const [signal] = found;
  if (stopping.includes(signal)) {
    throw invalid(
      'signal',
      text,
      'Use sparkq suspend and sparkq continue: time limits stand still with the run',
    );
  }
  return signal;
}

/**
 * Sends a signal to the script of a running task and the processes in its group.
 * @returns the pid of the script
 * @throws QueueError `wrong_state` where there is no such process here
 */
export function signalRun(storage: string, task: Task, signal: NodeJS.Signals): number {
  if (task.status !== 'running') throw wrongState('Signal', task.status, `sparkq task ${task.id}`);
  if (process.platform === 'win32') {
    throw unreachable('Windows has no signals', `End the run: sparkq cancel ${task.id}`);
  }
  const { record } = runPaths(storage, task.id, task.attempts);
  const script = readJson<RunRecord>(record)?.script;
  if (!script || !isInSight(script) || !isStillAlive(script)) {
    throw unreachable(
      `Task ${task.id} has no process here`,
      'Only a script that SparkQ runs on this machine can be signalled.',
    );
  }
  try {
    process.kill(-script.pid, signal);
  } catch (error) {
    if (isErrno(error, 'ESRCH'))
      throw unreachable(`The script of ${task.id} has just ended`, `sparkq task ${task.id}`);
    throw error;
  }
  return script.pid;
}

function unreachable(message: string, hint: string): QueueError {
  return new QueueError('wrong_state', message, hint);
}
