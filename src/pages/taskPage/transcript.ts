/** The run of an agent as people read it. Its texts are the agent's, without control characters: text, never markup. */

export type TranscriptItem =
  /** What the agent says to the user. */
  | { kind: 'message'; text: string }
  | ToolCall
  /** A permission that was refused, and one that the agent waits for. */
  | { kind: 'denied' | 'asked'; tool: string; input: string | null }
  | { kind: 'limit'; name: string | null; model: string | null; until: number | string | null }
  /** The account cannot be used until a person has done something about it. */
  | { kind: 'login'; text: string }
  | { kind: 'question'; text: string; choices: readonly string[] }
  | RunEnd
  /** Lines that are none of the agent's events, such as warnings. */
  | { kind: 'output'; text: string }
  /** Bytes that were dropped. */
  | { kind: 'gap'; from: number; to: number };

export interface ToolCall {
  kind: 'call';
  /** Null where its start is not known. */
  name: string | null;
  /** What it is called with, on one line. */
  input: string;
  state: 'open' | 'ok' | 'failed';
  /** The beginning of what it answered. */
  output: string | null;
  /** Of an edit: lines that begin with `-`, `+` or a blank. */
  diff: string | null;
}

export interface RunEnd {
  kind: 'end';
  ok: boolean;
  /** Unless it has been said before. */
  text: string | null;
  /** Null where the agent does not say. */
  turns: number | null;
  cost_usd: number | null;
}

/** What is new of a transcript. Items have rising ids, the same each time that the same output is read. */
export type TranscriptChange =
  | { kind: 'new'; id: number; item: TranscriptItem }
  /** A message or an output goes on. */
  | { kind: 'more'; id: number; text: string }
  /** A call has ended. `diff`: null where what is known of it stays. */
  | { kind: 'ended'; id: number; ok: boolean; output: string | null; diff: string | null };
