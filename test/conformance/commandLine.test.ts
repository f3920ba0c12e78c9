/** What the command line alone promises, where the queue is served. */

import { cliCases } from './cases/all';
import { Owner } from './owner';
import { type Cli, ServedCli } from './program';

describe('The promises of the command line', () => {
  // Each step starts a process.
  let owner: Owner;
  let cli: Cli;
  before(async () => {
    owner = await Owner.open();
    cli = new ServedCli(owner.workspace, owner.home);
  });
  after(async () => {
    await cli.end();
    await owner.close();
  });
  for (const one of cliCases) it(one.name, () => one.run(cli, owner));
});
