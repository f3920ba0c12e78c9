/** The accounts as one queue sees them: which tools rest now, followed over all processes of the user. */

import type { FSWatcher } from 'node:fs';
import { type Clock, systemClock, type Timer } from '../core/clock';
import { accountOf, type ConfigSource, toolOf } from '../core/config';
import type { Unsubscribe } from '../core/events';
import { Listeners } from '../core/listeners';
import type { Log } from '../core/log';
import type { AccountRest } from '../core/model';
import { watchFolder } from '../system/folderWatch';
import { AccountFile } from './accountFile';
import { type AccountState, isProbeDue, nextChange, noAccounts, restOf, wake } from './accountState';

export interface AccountsOptions {
  /** The user folder. */
  home: string;
  /** The storage folder of the queue. */
  storage: string;
  config: ConfigSource;
  log: Log;
  clock?: Clock;
  /** Notices what other processes change, and when a rest ends. */
  follow: boolean;
}

/** The longest timer: the clock may jump, and not every system reports changes of files. Milliseconds. */
const longestSleep = 30_000;
/** How long the task that goes first has to be started, milliseconds. */
const startPatience = 30_000;

export class Accounts {
  private readonly file: AccountFile;
  private readonly clock: Clock;
  private readonly changes: Listeners;
  private readonly watcher: FSWatcher | null;
  private timer: Timer | null = null;
  private state: AccountState = noAccounts;
  private mark: string | null = null;
  /** Tasks that have been handed out to go first, by account; until they have started, the file does not say so. */
  private readonly offered = new Map<string, { task: string; until: number }>();
  /** What rested when listeners were last told. */
  private told = '';
  private closed = false;

  constructor(private readonly options: AccountsOptions) {
    const { home, log, clock = systemClock, follow } = options;
    this.clock = clock;
    this.file = new AccountFile(home, clock);
    this.changes = new Listeners(log);
    this.refresh();
    this.watcher = follow ? watchFolder(home, (name) => this.file.isMeant(name) && this.refresh()) : null;
  }

  /** Why no task of a tool starts now. @param task which may be the one that goes first */
  restOf(tool: string, task = ''): AccountRest | null {
    const config = this.options.config.current();
    const account = accountOf(config, tool);
    if (account === null) return null;
    const { storage } = this.options;
    const model = toolOf(config, tool)?.model ?? null;
    const rest = restOf(
      this.state,
      { account, model, storage, task },
      config.agents.budget,
      this.clock.now(),
    );
    if (rest !== null) return rest;
    const first = this.offered.get(account);
    if (first === undefined || first.task === task || first.until <= this.clock.monotonic()) return null;
    const limit = this.state.rests.find((one) => one.account === account)?.limit ?? '';
    return { account, until: null, limit, model: null, first: first.task };
  }

  /** A task is about to start: where its account has rested for a guessed time, it goes first. */
  offer(tool: string, task: string): void {
    const config = this.options.config.current();
    const account = accountOf(config, tool);
    const model = toolOf(config, tool)?.model ?? null;
    if (account === null || !isProbeDue(this.state, account, model, this.clock.now())) return;
    this.offered.set(account, { task, until: this.clock.monotonic() + startPatience });
    this.arm();
  }

  /** Looks whether another process has changed the file, and whether a rest is over. */
  refresh(): void {
    if (this.closed) return;
    try {
      const mark = this.file.mark();
      if (mark !== this.mark) {
        this.state = mark === null ? noAccounts : this.file.read();
        this.mark = mark;
        this.offered.clear();
      }
    } catch (error) {
      this.options.log.error('Which accounts rest could not be read', error);
    }
    this.tell();
    this.arm();
  }

  /** Calls back after each change of what rests. */
  onChange(listener: () => void): Unsubscribe {
    return this.changes.add(listener);
  }

  /** Ends all rests of an account. */
  async wake(account: string): Promise<void> {
    await this.file.change((state) => wake(state, account, this.clock.now()));
    this.refresh();
  }

  close(): void {
    this.closed = true;
    this.watcher?.close();
    this.timer?.cancel();
    this.changes.clear();
  }

  private tell(): void {
    const resting = JSON.stringify(this.resting());
    if (resting === this.told) return;
    this.told = resting;
    this.changes.emit();
  }

  private resting(): [string, AccountRest][] {
    const names = Object.keys(this.options.config.current().tools);
    return names.flatMap((name) => {
      const rest = this.restOf(name);
      return rest === null ? [] : [[name, rest]];
    });
  }

  private arm(): void {
    this.timer?.cancel();
    this.timer = null;
    if (!this.options.follow || this.closed) return;
    const now = this.clock.now();
    const started = [...this.offered.values()].map(({ until }) => until - this.clock.monotonic());
    const wait = Math.min(nextChange(this.state, now) - now, ...started.filter((ms) => ms > 0));
    if (wait === Number.POSITIVE_INFINITY) return;
    this.timer = this.clock.after(Math.min(wait, longestSleep), () => this.refresh());
  }
}
