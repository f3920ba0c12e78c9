/** Follows a run of an agent by what it prints, and says in the end what came of it. Pure. */

import type { AgentName } from '../../core/config';
import { shortened } from '../../core/cutText';
import type { Usage } from '../../core/model';
import { adapters } from './adapters';
import type { AgentEnd, AgentEvent, AgentLimit, AgentQuestion, Denial, UsageEvent } from './agentEvents';
import { AgentReader } from './agentReader';

/** What is known of a run of an agent when it starts. */
export interface AgentStart {
  name: AgentName;
  /** The session that it goes on with; null for one that begins. */
  resumes: string | null;
  /** The name of the session that begins, where the agent lets others name it. */
  begins: string | null;
  /** What earlier runs have used of that session, as far as it is known. */
  earlier: Usage | null;
  /** Seconds of silence after which it is stopped. */
  idle_timeout: number;
  /** Seconds for which its processes may outlive the end that it has told of. */
  end_grace: number;
}

/**
 * `done`, `failed`: as it said. `silent`: it ended without saying how. `limited`, `budget`, `login`: why it failed, as
 * far as it said so. `stalled`: it was stopped because it said nothing for too long.
 */
export type AgentOutcome = 'done' | 'failed' | 'silent' | 'limited' | 'budget' | 'login' | 'stalled';

/** What came of a run of an agent. */
export interface AgentRecord {
  name: AgentName;
  outcome: AgentOutcome;
  /** Its answer, or what it says went wrong. */
  text: string | null;
  /** How it ended, in the agent's own word. */
  subtype: string | null;
  session: string | null;
  usage: Usage;
  limit: AgentLimit | null;
  /** Permissions that were refused, in order. */
  denied: readonly Denial[];
  /** The permission that it waited for when it was stopped. */
  asked: Denial | null;
  question: AgentQuestion | null;
  /** The session that it was to go on with gave no answer: there may be none any more. */
  lost_session: boolean;
}

/** Characters of a text that are kept; the rest is in the output. */
const longestText = 1024 * 1024;
/** Refused permissions that are kept. */
const mostDenied = 50;
const nothing: Usage = { input: null, cached: null, output: null, cost_usd: null, turns: null };

export class AgentRun {
  private readonly reader: AgentReader;
  private readonly open = new Set<string>();
  private session: string | null;
  private usage: Usage = { ...nothing };
  private limit: AgentLimit | null = null;
  private login: string | null = null;
  private asked: Denial | null = null;
  private readonly denied: Denial[] = [];
  private question: AgentQuestion | null = null;
  private end: AgentEnd | null = null;
  private answered = false;

  constructor(private readonly start: AgentStart) {
    this.session = start.resumes ?? start.begins;
    this.reader = new AgentReader(adapters[start.name].reader(start.resumes !== null));
  }

  /** Whether it has said how it ended. It may go on after that. */
  get hasEnded(): boolean {
    return this.end !== null;
  }

  /** Whether its model has answered. */
  get hasAnswered(): boolean {
    return this.answered;
  }

  /** Whether silence may last: what it has called is at work, and waits for no permission. */
  get isWorking(): boolean {
    return this.open.size > 0 && this.asked === null;
  }

  /** @returns whether the agent itself has said something */
  push(chunk: Buffer): boolean {
    const events = this.reader.push(chunk);
    for (const event of events) this.follow(event);
    return events.some(({ kind }) => kind !== 'output');
  }

  /** @param exitCode null for a run that was ended */
  finish(exitCode: number | null, stalled: boolean): AgentRecord {
    for (const event of this.reader.end()) this.follow(event);
    const outcome = this.outcome(exitCode, stalled);
    const text = outcome === 'login' ? (this.end?.text ?? this.login) : (this.end?.text ?? null);
    return {
      name: this.start.name,
      outcome,
      text: text === null ? null : shortened(text, longestText),
      subtype: this.end?.subtype ?? null,
      session: this.session,
      usage: this.usage,
      limit: outcome === 'limited' ? this.limit : null,
      denied: this.denied,
      asked: outcome === 'stalled' ? this.asked : null,
      question: this.question,
      lost_session:
        this.start.resumes !== null && !this.answered && (outcome === 'failed' || outcome === 'silent'),
    };
  }

  private outcome(exitCode: number | null, stalled: boolean): AgentOutcome {
    const { spent, exitCodes, sureEnd } = adapters[this.start.name];
    const { end } = this;
    const crashed = !sureEnd && exitCode !== null && exitCode !== 0;
    if (end?.ok && !crashed) return 'done';
    if (end?.subtype && spent.includes(end.subtype)) return 'budget';
    if (this.login !== null) return 'login';
    if (this.limit !== null) return 'limited';
    if (end !== null) return 'failed';
    if (stalled) return 'stalled';
    return exitCodes?.[exitCode ?? 0] ?? 'silent';
  }

  private follow(event: AgentEvent): void {
    if (event.kind !== 'asked') this.asked = null;
    switch (event.kind) {
      case 'session':
        this.session = event.id;
        break;
      case 'message':
        this.goesOn();
        break;
      case 'tool_started':
        this.goesOn();
        if (event.id !== null) this.open.add(event.id);
        break;
      case 'tool_ended':
        if (event.id !== null) this.open.delete(event.id);
        break;
      case 'usage':
        this.count(event);
        break;
      case 'limit':
        this.limit = moreTelling(event.limit, this.limit);
        break;
      case 'login':
        this.login ??= event.text;
        break;
      case 'asked':
        this.asked = event.denial;
        break;
      case 'denied':
        if (this.denied.length < mostDenied) this.denied.push(event.denial);
        break;
      case 'question':
        this.question = together(this.question, event.question);
        break;
      case 'end':
        this.end = event;
        break;
      case 'output':
        break;
    }
  }

  /** The model has answered: what kept it from that is over. */
  private goesOn(): void {
    this.answered = true;
    this.limit = null;
    this.login = null;
  }

  private count({ usage, counts }: UsageEvent): void {
    for (const key of Object.keys(usage) as (keyof Usage)[]) {
      const value = usage[key] ?? null;
      if (counts === 'session') this.usage[key] = this.ofThisRun(key, value);
      else if (counts === 'run' || value === null) this.usage[key] = value;
      else this.usage[key] = (this.usage[key] ?? 0) + value;
    }
  }

  /** The part of a session's total that is not of earlier runs. */
  private ofThisRun(key: keyof Usage, total: number | null): number | null {
    if (total === null || this.start.resumes === null) return total;
    const earlier = this.start.earlier?.[key] ?? null;
    if (earlier === null) return null;
    // Less than before: it has begun to count anew.
    return total < earlier ? total : total - earlier;
  }
}

/** Several questions are one to a person, who answers in words then. */
function together(one: AgentQuestion | null, other: AgentQuestion): AgentQuestion {
  if (one === null) return other;
  if (one.text.split('\n').includes(other.text)) return one;
  return { text: `${one.text}\n${other.text}`, choices: [] };
}

/** An agent may tell of one limit several times, as a number and as a text: the number says most. */
function moreTelling(one: AgentLimit, other: AgentLimit | null): AgentLimit {
  if (other === null) return one;
  const until = typeof other.until === 'number' ? other.until : (one.until ?? other.until);
  return { until, name: other.name ?? one.name, model: other.model ?? one.model };
}
