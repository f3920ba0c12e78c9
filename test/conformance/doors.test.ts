/** The same cases through the queue itself, over HTTP and by the command line. */

import { sharedCases } from './cases/all';
import { cliDoor } from './cliDoor';
import type { Door, DoorName } from './door';
import { httpDoor } from './httpDoor';
import { openLocalDoor } from './localDoor';
import { Owner } from './owner';

const doors: Readonly<Record<DoorName, () => Promise<Door>>> = {
  local: openLocalDoor,
  http: async () => httpDoor(await Owner.open()),
  cli: async () => cliDoor(await Owner.open()),
};

for (const [name, open] of Object.entries(doors)) {
  describe(`What is promised, through ${name}`, function () {
    // The command line starts a process for each step.
    if (name === 'cli') this.timeout(120_000);
    let door: Door;
    before(async () => {
      door = await open();
    });
    after(() => door.close());
    for (const one of sharedCases) it(one.name, () => one.run(door));
  });
}
