import assert from 'node:assert/strict';
import path from 'node:path';
import { Sandbox } from '../process/cli/sandbox';
import { useFolder } from '../support/folders';
import { Program } from '../support/program';

/** How many commands run beside the scanner. */
const commands = process.env.SPARKQ_TEST_LONG ? 1000 : 8;

const programs = path.join('out', 'test', 'windows', 'programs');

/** Lets three processes do something at the same place, each so often, and resolves when all have. */
async function together(what: string, place: string, count: number): Promise<void> {
  const all = [1, 2, 3].map(() => Program.start(path.join(programs, 'turns.js'), what, place, String(count)));
  try {
    await Promise.all(all.map((one) => one.hears('ready')));
    for (const one of all) one.tell('go');
    for (const one of all) {
      const turns = await one.hears('turns');
      assert.equal(turns, count, JSON.stringify(one.said));
    }
  } finally {
    await Promise.all(all.map((one) => one.kill()));
  }
}

describe('files on Windows that several processes use', () => {
  const folder = useFolder();

  it('are the lock of the owner, which three take turns at', () => together('lock', folder(), 20));

  it('are replaced and read, whole each time', () => together('replace', path.join(folder(), 'file'), 100));
});

describe('commands on Windows', function () {
  this.timeout(commands * 40_000);

  it('work beside a scanner that holds every file of the queue', async () => {
    const box = new Sandbox();
    await box.makeQueue();
    const scanner = Program.start(path.join(programs, 'scanner.js'), box.home);
    try {
      await scanner.hears('held');
      const failed: string[] = [];
      const each = [
        ['enqueue', '-s', 'lane', '-t', 'llm-haiku', '--prompt', 'x'],
        ['tasks'],
        ['claim', '-s', 'lane'],
        ['status'],
      ];
      for (let done = 0; done < commands; done++) {
        const args = each[done % each.length] ?? [];
        const { code, stderr } = await box.run(args);
        if (code !== 0) failed.push(`${done}: ${args[0]} ended with ${code}: ${stderr}`);
      }
      assert.deepEqual(failed, []);
      const held = (await scanner.hearsMany('held', 1)).at(-1);
      assert.ok(Number(held) > commands, `only ${held} files were held`);
    } finally {
      await scanner.kill();
      await box.remove();
    }
  });
});
