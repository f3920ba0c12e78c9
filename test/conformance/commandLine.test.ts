/** What the command line alone promises. */

import { aloneCases, cliCases } from './cases/all';
import { Owner } from './owner';
import { Box, Cli } from './program';

/** Each step starts a process. */
const patience = 120_000;

describe('What the command line promises', function () {
  this.timeout(patience);
  let owner: Owner;
  let cli: Cli;
  before(async () => {
    owner = await Owner.open();
    cli = new Cli(owner.workspace, owner.home);
  });
  after(async () => {
    await cli.end();
    await owner.close();
  });
  for (const one of cliCases) it(one.name, () => one.run(cli, owner));
});

describe('What the command line promises where nothing else runs', function () {
  this.timeout(patience);
  for (const one of aloneCases) {
    it(one.name, async () => {
      const box = Box.make();
      try {
        if (!one.empty) await box.withStream();
        await one.run(box);
      } finally {
        await box.remove();
      }
    });
  }
});
