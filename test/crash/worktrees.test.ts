import assert from 'node:assert/strict';
import { killWorktrees } from '../support/killed/worktreeKills';

describe('worktrees', () => {
  before(function () {
    // Git is started through a script.
    if (process.platform === 'win32') this.skip();
  });

  it('lose nothing that was written in them or beside them, whoever is killed', async () => {
    const { kills, gits, full, texts } = await killWorktrees(4, 1);
    assert.ok(kills + gits + full >= 4 && texts > 0, `${kills + gits + full} ends, ${texts} texts`);
  });
});
