import { agentNames } from '../../core/config';
import type { Attempt, Task } from '../../core/model';
import type { TranscribedRun } from './agentTranscript';

/**
 * How an attempt is read as a transcript; null where no agent ran it, as far as the configuration of now says.
 * @param agentOf the agent that a tool runs, if it does and is known
 */
export function transcribedRun(
  task: Pick<Task, 'tool_name'>,
  attempts: readonly Attempt[],
  number: number,
  agentOf: (tool: string) => string | null | undefined,
): TranscribedRun | null {
  const attempt = attempts.find((one) => one.number === number);
  const named = agentOf(attempt?.tool_name ?? task.tool_name);
  // The queue may be that of a newer program, which knows more agents.
  const agent = agentNames.find((name) => name === named);
  if (agent === undefined) return null;
  const session = attempt?.agent_session ?? null;
  const earlier = attempts.filter((one) => one.number < number).map((one) => one.agent_session ?? null);
  // Which one it goes on with is known in the end.
  const resumed = earlier.some((one) => one !== null && (session === null || one === session));
  return { agent, resumed };
}
