/** Which agent a program was started by. Pure, and cheap to load. */

import { type AgentName, agentNames } from './agentNames';

/** Variables that each agent sets for the programs that it starts. Any of them will do. */
const variables: Readonly<Record<AgentName, readonly string[]>> = {
  claude: ['CLAUDECODE'],
  codex: ['CODEX_THREAD_ID', 'CODEX_SANDBOX'],
  copilot: ['COPILOT_CLI'],
  cursor: ['CURSOR_AGENT'],
  gemini: ['GEMINI_CLI'],
  opencode: ['OPENCODE'],
};

/** All of them: an agent that finds one takes itself for a part of another, and may refuse to start. */
export const variablesOfAgents: readonly string[] = Object.values(variables).flat();

/** The agent that has started a program with this environment, as far as it says so. */
export function agentIn(env: Readonly<Record<string, string | undefined>>): AgentName | undefined {
  return agentNames.find((name) => variables[name].some((variable) => env[variable]));
}

/** The agent whose program gives itself this name, such as `claude-code`. */
export function agentOfProgram(program: string): AgentName | undefined {
  return agentNames.find((name) => program.toLowerCase().includes(name));
}
