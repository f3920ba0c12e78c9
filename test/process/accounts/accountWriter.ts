/** Starts one run of an account after the other, `node accountWriter.js HOME NAME`, and prints how many; until it is killed. */

import { AccountFile } from '../../../src/accounts/accountFile';
import { begin } from '../../../src/accounts/accountState';

const [, , home = '', name = ''] = process.argv;
const file = new AccountFile(home);
const budget = { day_usd: null, day_tasks: null };

async function write(): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const run = { account: name, model: null, storage: '/s', task: `tsk_${name}`, attempt };
    await file.change((state) => begin(state, run, { budget, anyway: false, now: Date.now() }));
    console.log(JSON.stringify({ started: attempt }));
  }
}

void write();
