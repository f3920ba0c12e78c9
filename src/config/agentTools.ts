/** The tools for agents that setup writes into a `sparkq.yml`, each key explained. Pure. */

import { type AgentName, outsideTool } from '../core/config';

interface Taken {
  title: string;
  /** What it is given where the file says nothing; null: nothing. */
  permission: string | null;
  /** What the file says of that. */
  permissions: string;
  /** Whether it takes `max_turns`, and `max_budget_usd`. */
  turns: boolean;
  budget: boolean;
  /** Where it needs more than usual, since it does not tell of a call at work. */
  idle_timeout?: number;
}

/** What each agent takes of a tool, as far as they differ. */
export const takenByAgents: Readonly<Record<AgentName, Taken>> = {
  claude: {
    title: 'Claude Code',
    permission: 'acceptEdits',
    permissions: 'default, acceptEdits, plan, dontAsk, auto, or bypassPermissions, which may do anything',
    turns: true,
    budget: true,
  },
  codex: {
    title: 'Codex',
    permission: 'workspace-write',
    permissions: 'read-only, workspace-write, or danger-full-access, which may do anything',
    turns: false,
    budget: false,
  },
  copilot: {
    title: 'Copilot CLI',
    permission: 'write',
    permissions:
      'the tools that it need not ask for, such as "write, shell(git:*)", or allow-all, which may do anything',
    turns: false,
    budget: false,
  },
  gemini: {
    title: 'Gemini CLI',
    permission: 'auto_edit',
    permissions: 'default, auto_edit, plan, or yolo, which may do anything',
    turns: false,
    budget: false,
  },
  cursor: {
    title: 'Cursor CLI',
    permission: null,
    permissions:
      'null (edits in this folder, and what .cursor/cli.json allows), plan, ask, or force, which may do anything',
    turns: false,
    budget: false,
  },
  opencode: {
    title: 'OpenCode',
    permission: null,
    permissions: 'null (what opencode.json says), plan, build, or allow, which may do anything',
    turns: false,
    budget: false,
    idle_timeout: 3600,
  },
};

/** The keys of a tool that its agent does not take. */
export function untakenKeys(agent: AgentName): readonly ('max_turns' | 'max_budget_usd')[] {
  const { turns, budget } = takenByAgents[agent];
  return [...(turns ? [] : (['max_turns'] as const)), ...(budget ? [] : (['max_budget_usd'] as const))];
}

/** Lines for `tools`: a tool for each agent, called as the agent is. */
export function agentToolLines(agents: readonly AgentName[]): string[] {
  return agents.flatMap((name) => {
    const { title, permission, permissions, turns, budget, idle_timeout } = takenByAgents[name];
    return [
      `  # ${title}, for prompts: sparkq enqueue --tool ${name} --prompt "..."`,
      `  ${name}:`,
      `    description: ${title}`,
      `    task_class: LLM_HEAVY`,
      '    # SparkQ makes its command line, and reads what it prints.',
      `    agent: ${name}`,
      `    # What it may do without asking: ${permissions}.`,
      `    permission: ${permission}`,
      '    # As it calls its models; null: its own default.',
      '    model: null',
      ...(turns ? ['    # It ends a run after so many turns; null: no limit.', '    max_turns: null'] : []),
      ...(budget
        ? ['    # It ends a run after so many US dollars; null: no limit.', '    max_budget_usd: null']
        : []),
      '    # A run that is silent for so many seconds, with no tool call at work, is stopped.',
      ...(idle_timeout === undefined ? [] : ['    # This agent tells of a call when that has ended.']),
      `    idle_timeout: ${idle_timeout ?? outsideTool.idle_timeout}`,
      '    # Go on with its session where a run was cut short.',
      `    resume: ${outsideTool.resume}`,
      '    # Tools of the same account rest together at its limits.',
      `    account: ${name}`,
    ];
  });
}
