import assert from 'node:assert/strict';
import { killWorktrees } from '../support/killed/worktreeKills';

describe('worktrees', () => {
  before(function () {
    // Git is started through a script.
    if (process.platform === 'win32') this.skip();
  });

  it('lose nothing that was written in them or beside them, whoever is killed', async () => {
    const { kills, texts } = await killWorktrees(6, 1);
    assert.ok(kills >= 6 && texts > 0, `${kills} kills, ${texts} texts`);
  });
});
