/** The cases that go through every door. */

import { sharedCases } from './cases/all';
import type { Door, DoorName } from './door';

/** Declares the shared cases as tests through one door. */
export function tryDoor(name: DoorName, open: () => Promise<Door>): void {
  describe(`The promises, through ${name}`, () => {
    // The command line starts a process for each step.
    let door: Door;
    before(async () => {
      door = await open();
    });
    after(() => door.close());
    const onServer = name.startsWith('postgres');
    for (const one of sharedCases) if (!onServer || !one.ofThisMachine) it(one.name, () => one.run(door));
  });
}
