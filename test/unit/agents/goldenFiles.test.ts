import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { agentNames } from '../../../src/agents/agentNames';
import { agents } from '../../../src/agents/agents';
import { SetupFolders } from '../../support/agents/setupFolders';
import { withFolder } from '../../support/folders';

const fixtures = path.resolve('test/fixtures/agents');

/** `before` is null where there is no file. */
function casesOf(agent: string): { name: string; before: string | null; after: string }[] {
  const read = (name: string) => {
    const file = path.join(fixtures, agent, name);
    return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : null;
  };
  return fs
    .readdirSync(path.join(fixtures, agent))
    .filter((file) => file.endsWith('.after.txt'))
    .map((file) => {
      const name = file.replace('.after.txt', '');
      return { name, before: read(`${name}.before.txt`), after: read(file) ?? '' };
    });
}

describe('Setting up an agent', () => {
  for (const agent of agentNames) {
    const [file = ''] = agents[agent].projectFiles;
    for (const { name, before, after } of casesOf(agent)) {
      it(`writes and removes the entry of ${agent} (${name})`, () =>
        withFolder(async (root) => {
          const folders = new SetupFolders(root);
          if (before !== null) folders.write(file, before);
          const all = folders.all();
          folders.add(agent);
          assert.equal(folders.read(file), after);
          folders.add(agent);
          assert.equal(folders.read(file), after);
          folders.remove(agent);
          assert.deepEqual(folders.all(), all);
        }));
    }

    it(`writes the file of ${agent} for the user`, () =>
      withFolder(async (root) => {
        const folders = new SetupFolders(root, 'user');
        const all = folders.all();
        folders.add(agent);
        const [written = ''] = agents[agent].userFiles(folders.place);
        assert.match(fs.readFileSync(written, 'utf8'), /sparkq/);
        folders.remove(agent);
        assert.deepEqual(folders.all(), all);
      }));
  }
});
