import type { Agent } from './agent';
import type { AgentName } from './agentNames';
import { claude } from './claude';
import { codex } from './codex';
import { copilot } from './copilot';
import { cursor } from './cursor';
import { gemini } from './gemini';
import { opencode } from './opencode';

/** What there is to know about each agent. */
export const agents: Readonly<Record<AgentName, Agent>> = {
  claude,
  codex,
  copilot,
  cursor,
  gemini,
  opencode,
};
