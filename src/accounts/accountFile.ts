/** The file in the user folder in which all queues of a user agree on which accounts rest. */

import * as fs from 'node:fs';
import path from 'node:path';
import { type Clock, systemClock } from '../core/clock';
import { whileLocked } from '../system/lockedChange';
import { readJson, replaceFile } from '../system/wholeFiles';
import { type AccountState, forget, noAccounts } from './accountState';

const fileName = 'accounts.json';

export class AccountFile {
  private readonly file: string;

  /** @param home the user folder */
  constructor(
    readonly home: string,
    private readonly clock: Clock = systemClock,
  ) {
    this.file = path.join(home, fileName);
  }

  /** Of a file that cannot be understood, nothing counts. */
  read(): AccountState {
    const found = readJson<Partial<AccountState>>(this.file) ?? {};
    return structuredClone({ ...noAccounts, ...found });
  }

  /** Another one after each change; null where there is no file. */
  mark(): string | null {
    const facts = fs.statSync(this.file, { throwIfNoEntry: false });
    return facts === undefined ? null : `${facts.ino} ${facts.mtimeMs} ${facts.size}`;
  }

  /** Changes the file while nobody else does. @throws QueueError `unavailable` while it stays locked */
  change<T>(work: (state: AccountState) => T): Promise<T> {
    return whileLocked(this.file, this.clock, () => {
      const state = this.read();
      const before = JSON.stringify(state);
      const answer = work(state);
      forget(state, this.clock.now());
      const after = JSON.stringify(state);
      if (after !== before) replaceFile(this.file, after);
      return answer;
    });
  }

  /** Whether a change in the user folder may be one of the file. @param name null where the system does not say it */
  isMeant(name: string | null): boolean {
    return name === null || name === fileName;
  }
}
