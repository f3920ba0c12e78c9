/** Which tools can work on the prompts of a plan, and on those that agents queue with no tool. Pure. */

import { takesPrompts } from '../../config/plainCommand';
import { anyAgent, type Config, isAgentTool } from '../../core/config';
import type { QueueEvent } from '../../core/events';

/** The tools for prompts, the usual one first; among them the one whose tasks any agent may claim. */
export function promptTools({ tools, agents }: Config): string[] {
  const names = Object.keys(tools).filter((name) => takesPrompts(tools[name]));
  return [...new Set([agents.default ?? anyAgent, anyAgent, ...names])];
}

/**
 * The tools that may be asked about as the default one; none where there is one.
 * @param chosen what a person has chosen already
 */
export function defaultToolsToOffer(config: Config, chosen?: string): string[] {
  if (config.agents.default !== null) return [];
  return promptTools(config).filter(
    (name) => isAgentTool(config, name) && (chosen === undefined || name === chosen),
  );
}

/** Whether an agent has queued a prompt with no tool, where none is the default. */
export function isWithoutTool({ type, task }: QueueEvent): boolean {
  return type === 'task.created' && task?.tool_name === anyAgent && task.origin.kind === 'agent';
}
