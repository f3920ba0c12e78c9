/** Who calls the command line. */

import { agentIn } from '../../agents/callingAgent';
import { isId } from '../../core/ids';
import type { Origin } from '../../core/model';

/**
 * A person, or within a run whatever that run is: a script or an agent. It says who means well, and keeps out nobody who
 * sets these variables as he likes.
 */
export function callerOf(env: NodeJS.ProcessEnv): Origin {
  const { SPARKQ_TASK_ID: task = '', SPARKQ_ORIGIN: origin } = env;
  const isRun = isId(task, 'task');
  const kind = origin === 'agent' ? 'agent' : isRun ? 'run' : 'person';
  const via = agentIn(env);
  return { kind, ...(via !== undefined && { via }), ...(isRun && { task }) };
}
