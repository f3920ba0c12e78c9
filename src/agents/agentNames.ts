/** The agents that can be set up, by name. Pure, and cheap to load. */

import { invalid } from '../core/refusals';

export const agentNames = ['claude', 'codex', 'copilot', 'cursor', 'gemini', 'opencode'] as const;

export type AgentName = (typeof agentNames)[number];

/** @throws QueueError `invalid_field` for a name that none has */
export function agentNameOf(name: string): AgentName {
  const known = agentNames.find((one) => one === name);
  if (known) return known;
  throw invalid('agent', name, `Name one or more of ${agentNames.join(', ')}`);
}
