/** The tools over the Model Context Protocol, in both its forms: with sessions and without. */

import { CLIENT_INFO_META_KEY, McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { messageWithHint, QueueError } from '../core/errors';
import type { Log } from '../core/log';
import type { AgentSession } from './agentSession';
import { conversationOf } from './conversation';
import type { Tool } from './tool';
import { claimTask } from './tools/claimTask';
import { enqueueTasks } from './tools/enqueueTasks';
import { finishTask } from './tools/finishTask';
import { getTask } from './tools/getTask';
import { listTasks } from './tools/listTasks';
import { queueStatus } from './tools/queueStatus';
import { updateTask } from './tools/updateTask';
import { waitTasks } from './tools/waitTasks';

const tools: readonly Tool[] = [
  queueStatus,
  enqueueTasks,
  listTasks,
  getTask,
  waitTasks,
  claimTask,
  updateTask,
  finishTask,
];

const instructions =
  'SparkQ is a durable task queue of this workspace. Queue prompts, scripts and commands for later with enqueue_tasks: what would run by itself waits until a person approves it. Work on queued ones with claim_task, update_task and finish_task. A person reviews what was done.';

/** What an agent is told besides that is itself a run. */
const instructionsOfRun = (task: string) =>
  ` You are the run of task ${task}: show progress with update_task; before you end, say with finish_task what came of it, or ask a person with needs_input. Both need no task_id then.`;

/** A server with all tools. */
export function mcpServer(session: AgentSession, version: string, log: Log): McpServer {
  const { ownTask } = session;
  const told = ownTask === null ? instructions : instructions + instructionsOfRun(ownTask);
  const server = new McpServer({ name: 'sparkq', version }, { instructions: told });
  for (const tool of tools) {
    const annotations = { readOnlyHint: tool.readOnly, openWorldHint: false, destructiveHint: false };
    const { name, description, input: inputSchema } = tool;
    server.registerTool(name, { description, inputSchema, annotations }, async (input, { mcpReq }) => {
      const agent = nameIn(mcpReq.envelope) ?? server.server.getClientVersion()?.name;
      const caller = { conversation: conversationOf(mcpReq._meta), agent };
      try {
        const answer = await session.call(tool, input, caller, mcpReq.signal);
        return { content: [{ type: 'text', text: JSON.stringify(answer) }] };
      } catch (error) {
        if (!QueueError.is(error)) log.error(`${name} failed`, error);
        return { content: [{ type: 'text', text: messageWithHint(error) }], isError: true };
      }
    });
  }
  return server;
}

/** The name of the agent's program; without sessions, each call has it. */
function nameIn(envelope: object | undefined): string | undefined {
  const client: unknown = ({ ...envelope } as Readonly<Record<string, unknown>>)[CLIENT_INFO_META_KEY];
  return typeof client === 'object' && client !== null && 'name' in client ? String(client.name) : undefined;
}

/** Serves on stdin and stdout, until it is closed. */
export function serveOnStdio(session: AgentSession, version: string, log: Log): { close(): Promise<void> } {
  return serveStdio(() => mcpServer(session, version, log), {
    onerror: (error) => log.debug(`MCP: ${error.message}`),
  });
}
