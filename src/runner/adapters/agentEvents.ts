/** What a run of an agent says while it runs, in one language for all agents. Pure. */

import type { Usage } from '../../core/model';

export type AgentEvent =
  /** By which the agent can go on with it. */
  | { kind: 'session'; id: string }
  /** What the agent says to the user. `part`: it continues the message before it. */
  | { kind: 'message'; text: string; part: boolean }
  | ToolStarted
  | ToolEnded
  | UsageEvent
  | { kind: 'limit'; limit: AgentLimit }
  /** The account cannot be used until a person has logged in, or has paid. */
  | { kind: 'login'; text: string }
  /** A permission that was refused. */
  | { kind: 'denied'; denial: Denial }
  /** A permission that the agent waits for. */
  | { kind: 'asked'; denial: Denial }
  | { kind: 'question'; question: AgentQuestion }
  | AgentEnd
  /** A line that is none of the agent's events, such as a warning. */
  | { kind: 'output'; text: string };

export interface ToolStarted {
  kind: 'tool_started';
  /** As the end of the call names it; null where the two cannot be told to belong together. */
  id: string | null;
  name: string;
  /** What it is called with, on one line. */
  input: string;
  /** Of an edit: lines that begin with `-`, `+` or a blank. */
  diff: string | null;
}

export interface ToolEnded {
  kind: 'tool_ended';
  id: string | null;
  ok: boolean;
  /** The beginning of what it answered. */
  output: string | null;
  diff: string | null;
}

export interface UsageEvent {
  kind: 'usage';
  usage: Partial<Usage>;
  /**
   * What it counts: a step of the run, which is added; the run so far; or the whole session so far, of which a run that
   * goes on with it takes the difference.
   */
  counts: 'step' | 'run' | 'session';
}

export interface AgentLimit {
  /** Milliseconds since 1970, or what the agent says to people; null where it says nothing. */
  until: number | string | null;
  /** What the limit is called, such as `5-hour limit`. */
  name: string | null;
  /** Of a limit that holds for one model only. */
  model: string | null;
}

export interface Denial {
  tool: string;
  /** What it was to be called with, on one line. */
  input: string | null;
}

export interface AgentQuestion {
  text: string;
  choices: readonly string[];
}

/** The agent has nothing more to do. */
export interface AgentEnd {
  kind: 'end';
  ok: boolean;
  /** Its answer, or what went wrong. */
  text: string | null;
  /** How it ended, in the agent's own word. */
  subtype: string | null;
}
