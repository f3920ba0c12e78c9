/** How a run of an agent starts: with a session of its own, or with the one that the last attempt has left. */

import { randomUUID } from 'node:crypto';
import * as path from 'node:path';
import type { AgentName, ToolConfig } from '../core/config';
import type { Resume } from '../core/model';
import type { McpServer } from './adapters/adapter';
import { adapters } from './adapters/adapters';
import type { AgentStart } from './adapters/agentRun';
import type { Command, Conversation } from './command/command';
import { type AgentAfresh, boundVariables } from './runFiles';

/** For how long the processes of an agent may outlive the end that it has told of, seconds. */
const endGrace = 10;

export interface AgentLaunch {
  command: Command;
  /** Null: it is no agent. */
  agent_run: AgentStart | null;
  /** What is run instead where the session that it goes on with is lost. */
  afresh: AgentAfresh | null;
}

/**
 * @param programs the folder of cli.js
 * @param commandOf the command that begins a conversation, or goes on with one
 */
export async function agentLaunch(
  name: AgentName,
  { idle_timeout, resume: mayResume }: Pick<ToolConfig, 'idle_timeout' | 'resume'>,
  resume: Resume | null,
  programs: string,
  commandOf: (conversation: Conversation) => Promise<Command>,
): Promise<AgentLaunch> {
  const patience = { idle_timeout, end_grace: endGrace };
  const mcp = ownTools(programs);
  const id = randomUUID();
  const command = await commandOf({ session: id, resume: false, mcp });
  const begins = adapters[name].beginsNamed ? id : null;
  const agent_run = { name, resumes: null, begins, earlier: null, ...patience };
  if (resume === null || !mayResume) return { command, agent_run, afresh: null };
  const { session, cost_usd } = resume;
  const { file, args, verbatim, stdin } = command;
  const earlier = { input: null, cached: null, output: null, cost_usd, turns: null };
  return {
    command: await commandOf({ session, resume: true, mcp }),
    agent_run: { name, resumes: session, begins: null, earlier, ...patience },
    afresh: { file, args, verbatim, stdin, agent_run },
  };
}

/** `sparkq mcp`, bound to the run, by a path that needs no PATH. */
function ownTools(programs: string): McpServer {
  return {
    name: 'sparkq',
    command: process.execPath,
    args: [path.join(programs, 'cli.js'), 'mcp'],
    env: { ELECTRON_RUN_AS_NODE: '1' },
    inherits: [...boundVariables, 'SPARKQ_ORIGIN', 'SPARKQ_HOME', 'XDG_STATE_HOME'],
  };
}
