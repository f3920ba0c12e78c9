/** A run, as far as the account of its tool is concerned: whether it may start, and what comes of its end. */

import { AccountFile } from '../../accounts/accountFile';
import {
  answered,
  begin,
  failed,
  type Limit,
  limited,
  loggedOut,
  notStarted,
  type AccountRun as RunOfAccount,
  spent,
} from '../../accounts/accountState';
import { type Clock, fromInstant } from '../../core/clock';
import type { QueueError } from '../../core/errors';
import { messageOf } from '../../core/errors';
import type { Log } from '../../core/log';
import type { Budget, Task } from '../../core/model';
import { resting } from '../../core/refusals';
import { restingReason, waitingFor } from '../../core/waiting';
import type { RunAccount } from '../runFiles';

/** How a run ended for its account. */
export interface AccountEnd {
  outcome: 'answered' | 'limited' | 'login' | 'failed' | 'not_started';
  /** Of a limit. */
  limit?: Limit;
  /** What it has cost; null where that is not known. */
  usd: number | null;
}

export class AccountRun {
  private readonly file: AccountFile;
  private readonly run: RunOfAccount;
  private begun = false;

  constructor(
    private readonly account: RunAccount,
    private readonly task: Task,
    storage: string,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    this.file = new AccountFile(account.home, clock);
    const { name, model } = account;
    this.run = { account: name, model, storage, task: task.id, attempt: task.attempts };
  }

  /**
   * Counts the start. The queue's owner knows which accounts rest, but another queue may have met a limit just now.
   * @param anyway although its account rests
   * @throws QueueError `not_ready` where it does
   */
  async begin(tool: string, budget: Budget, anyway: boolean): Promise<void> {
    if (this.begun) return;
    const now = this.clock.now();
    const rest = await this.file.change((state) => begin(state, this.run, { budget, anyway, now }));
    if (rest !== null) throw restingTask(this.task.id, tool, rest, now);
    this.begun = true;
  }

  /** The model has answered, and the run goes on. */
  async answered(): Promise<void> {
    await this.change((state) => answered(state, this.run, this.started()));
  }

  /** Keeps what the end says of the account. False where that was not possible: then the task itself waits for a limit. */
  end({ outcome, limit, usd }: AccountEnd): Promise<boolean> {
    const now = this.clock.now();
    return this.change((state) => {
      if (outcome === 'not_started') return notStarted(state, this.run, now);
      if (outcome === 'answered') answered(state, this.run, this.started());
      if (outcome === 'limited')
        limited(state, this.run, limit ?? { until: null, name: null, model: null }, now);
      if (outcome === 'login') loggedOut(state, this.run, now);
      if (outcome === 'failed') failed(state, this.run);
      spent(state, this.run, usd, now);
    });
  }

  private started(): number {
    const { started_at: started } = this.task;
    return started === null ? 0 : fromInstant(started);
  }

  private async change(work: Parameters<AccountFile['change']>[0]): Promise<boolean> {
    try {
      await this.file.change(work);
      return true;
    } catch (error) {
      this.log.warn(`What became of account ${this.account.name} could not be kept: ${messageOf(error)}`);
      return false;
    }
  }
}

function restingTask(
  task: string,
  tool: string,
  rest: Parameters<typeof restingReason>[0],
  now: number,
): QueueError {
  return resting(task, waitingFor(restingReason(rest, tool), now));
}
