/**
 * Holds the product to what it promises to programs outside of it. The same cases go through the queue itself, over
 * HTTP and by the command line; what one door alone promises has cases of its own.
 */

import assert from 'node:assert/strict';
import { aloneCases } from './cases/alone';
import { cliCases } from './cases/cli';
import { httpCases } from './cases/http';
import { laneCases } from './cases/lanes';
import { taskCases } from './cases/tasks';
import { workCases } from './cases/work';
import { cliDoor } from './cliDoor';
import type { Door, DoorName } from './door';
import { HttpClient } from './httpClient';
import { httpDoor } from './httpDoor';
import { openLocalDoor } from './localDoor';
import { Owner, ownerToken } from './owner';
import { Box, Cli } from './program';
import { rows } from './rows';

/** The command line starts a process for each step. */
const patience = 120_000;

const shared = [...laneCases, ...taskCases, ...workCases];

const doors: Readonly<Record<DoorName, () => Promise<Door>>> = {
  local: openLocalDoor,
  http: async () => httpDoor(await Owner.open()),
  cli: async () => cliDoor(await Owner.open()),
};

describe('What the product promises', function () {
  this.timeout(patience);

  for (const [name, open] of Object.entries(doors) as [DoorName, () => Promise<Door>][]) {
    describe(`through ${name}`, () => {
      let door: Door;
      before(async () => {
        door = await open();
      });
      after(() => door.close());
      for (const one of shared) {
        if (one.doors === undefined || one.doors.includes(name)) it(one.name, () => one.run(door));
      }
    });
  }

  describe('over HTTP alone', () => {
    let owner: Owner;
    before(async () => {
      owner = await Owner.open();
    });
    after(() => owner.close());
    for (const one of httpCases) {
      it(one.name, () => one.run(new HttpClient(owner.port, ownerToken), owner));
    }
  });

  describe('by the command line alone', () => {
    let owner: Owner;
    before(async () => {
      owner = await Owner.open();
    });
    after(() => owner.close());
    for (const one of cliCases) {
      it(one.name, () => one.run(new Cli(owner.workspace, owner.home), owner));
    }
  });

  describe('by the command line where nothing else runs', () => {
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

  it('is tried row by row', () => {
    const tried = new Set([...shared, ...httpCases, ...cliCases, ...aloneCases].flatMap((one) => one.rows));
    assert.deepEqual(
      Object.keys(rows).filter((row) => !tried.has(row as keyof typeof rows)),
      [],
    );
  });
});
