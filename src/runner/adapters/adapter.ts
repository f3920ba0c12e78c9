/** What running an agent takes to know about it. Each has a file of its own: these facts change often. Pure. */

import type { AgentName } from '../../core/config';
import type { AgentEvent, Denial } from './agentEvents';
import type { Json } from './fields';

/** What an agent is started with. */
export interface AgentRequest {
  prompt: string;
  /** As the agent calls them; null: its own default. */
  model: string | null;
  permission: string | null;
  max_turns: number | null;
  max_budget_usd: number | null;
  /** The session to go on with, or the one to begin where the agent lets others name it. */
  session: string | null;
  /** Whether to go on with `session`. */
  resume: boolean;
  /** What the configuration adds. */
  args: readonly string[];
  /** The tools of the queue, offered to the agent where its command line can. */
  mcp: McpServer | null;
}

/** How an agent starts a program that offers it tools. */
export interface McpServer {
  name: string;
  command: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  /** Names of variables that it needs from the environment of the run. */
  inherits: readonly string[];
}

export interface AgentCall {
  args: readonly string[];
  /** Standard input, which is closed after it. */
  stdin: string;
  env: Readonly<Record<string, string>>;
}

/** Turns a line of an agent into what it says. It keeps what it needs of the lines before. */
export interface LineReader {
  /** @param line a line that is a JSON object */
  event(line: Json): AgentEvent[];
  /** Of any other line. */
  text?(line: string): AgentEvent[];
}

/** What an agent says, and takes, besides the events that all have. */
export interface Abilities {
  /** Takes `max_turns`, and `max_budget_usd`. */
  turns: boolean;
  budget: boolean;
  /** Says how many tokens it used, and what that cost. */
  tokens: boolean;
  cost: boolean;
  /** Says when a tool call starts, so that silence during one can be told from a hang. */
  openCalls: boolean;
  /** Can be offered the tools of the queue by its command line. */
  mcp: boolean;
}

export interface Adapter {
  name: AgentName;
  /** As people call it. */
  title: string;
  /** Its program, looked up along PATH. */
  program: string;
  abilities: Abilities;
  call(request: AgentRequest): AgentCall;
  /** @param resumed whether the run goes on with a session */
  reader(resumed: boolean): LineReader;
  /** Whether others can name the session that begins, so that it is known from the start. */
  beginsNamed: boolean;
  /** Words for an end because turns or money were used up. */
  spent: readonly string[];
  /** Whether the end that it tells of is the end: else the exit code has to agree. */
  sureEnd: boolean;
  /** What the exit code says where the agent ended without saying how. */
  exitCodes?: Readonly<Record<number, 'login' | 'budget'>>;
  /** What in the configuration of the tool would have let it do this; null where nothing would. */
  allowing(denial: Denial): string | null;
}

/** `[name, value]` of an option; nothing where there is no value. */
export function option(name: string, value: string | number | null): string[] {
  return value === null ? [] : [name, String(value)];
}
