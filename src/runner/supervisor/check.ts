/** What checks a run, after its program has succeeded: whether there is anything to check, and what becomes of the run. */

import type { OutputWriter } from '../../store/outputFiles';
import type { AgentOutcome } from '../adapters/agentRun';
import { questionIn } from '../agentReport';
import type { LastWord } from '../lastWord';
import type { CheckCall, ExitRecord } from '../runFiles';

/** Ends of an agent that do not unsay that the work was done by then. */
const besidesTheWork: readonly AgentOutcome[] = ['limited', 'budget', 'login', 'stalled'];

/**
 * Whether the program of a run has done what it was to do.
 * @param word what it has said of that itself
 * @param limited whether its output says that it has met a limit
 */
export function isWorthChecking(
  { reason, code, agent }: ExitRecord,
  word: LastWord | null,
  limited = false,
): boolean {
  if (reason !== 'exited' || (word !== null && word.outcome !== 'done')) return false;
  if (agent === undefined) return code === 0 || (word !== null && limited);
  if (questionIn(agent) !== null) return false;
  return agent.outcome === 'done' || (word !== null && besidesTheWork.includes(agent.outcome));
}

/** The end of a run that was not checked: an agent that was done when its time was up has not passed. */
export function unchecked(exit: ExitRecord, { text }: CheckCall): ExitRecord {
  const late = exit.reason === 'timeout' && exit.agent?.outcome === 'done';
  return late ? { ...exit, check: { text, code: null, signal: null, problem: null } } : exit;
}

/** The end of a run whose check was not started, since it is another one now. */
export function refused(exit: ExitRecord, { text }: CheckCall, problem: string): ExitRecord {
  return { ...exit, check: { text, code: null, signal: null, problem, changed: true } };
}

/** The end of a run whose check has ended. */
export function withCheck(exit: ExitRecord, ended: ExitRecord, { text }: CheckCall): ExitRecord {
  const { reason, code, signal, message } = ended;
  const missing = reason === 'could_not_start';
  const stopped = !missing && reason !== 'exited';
  const notes = [
    stopped && `While it was being checked: ${text}.`,
    exit.message,
    missing ? null : message,
  ].filter(Boolean);
  return {
    ...exit,
    ...(stopped && { reason, code: null }),
    ended_at: ended.ended_at,
    message: notes.join(' ') || null,
    check: { text, code, signal, problem: missing ? message : null },
  };
}

/** Both outputs of a check in one file, in the order in which they come. */
export class MergedOutput {
  private writing: Promise<void> = Promise.resolve();
  private open = 2;

  constructor(private readonly writer: OutputWriter) {}

  get size(): number {
    return this.writer.size;
  }

  append(chunk: Uint8Array): Promise<void> {
    return this.alone(() => this.writer.append(chunk));
  }

  giveBack(bytes: number): Promise<void> {
    return this.alone(() => this.writer.giveBack(bytes));
  }

  /** Called for each of the two. */
  async finish(): Promise<void> {
    this.open -= 1;
    if (this.open === 0) await this.alone(() => this.writer.finish());
  }

  private alone(work: () => Promise<void>): Promise<void> {
    const mine = this.writing.then(work, work);
    this.writing = mine;
    return mine;
  }
}
