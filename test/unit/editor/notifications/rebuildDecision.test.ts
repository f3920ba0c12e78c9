import assert from 'node:assert/strict';
import { lossesOfRebuild } from '../../../../src/editor/notifications/rebuildDecision';

describe('What is gone when a container is rebuilt', () => {
  const mounts = [
    { point: '/', root: '/', type: 'overlay' },
    { point: '/workspaces', root: '/work', type: 'ext4' },
  ];
  const storage = '/root/.vscode-server/data/User/workspaceStorage/1/sparkq.sparkq';
  const losses = (more: object) =>
    lossesOfRebuild({ remoteName: 'dev-container', mounts, storage, home: '/root/.sparkq', ...more });

  it('is what is in no mount, in each kind of container', () => {
    for (const remoteName of ['dev-container', 'attached-container', 'codespaces'])
      assert.deepEqual(losses({ remoteName }), { queue: true, userFolder: true });
    assert.deepEqual(losses({ storage: '/workspaces/shop/.sparkq/queue-1' }), {
      queue: false,
      userFolder: true,
    });
    assert.deepEqual(losses({ home: '/workspaces/home' }), { queue: true, userFolder: false });
  });

  it('is nothing elsewhere, or where the system does not tell', () => {
    const nothing = { queue: false, userFolder: false };
    for (const remoteName of [undefined, 'wsl', 'ssh-remote'])
      assert.deepEqual(losses({ remoteName }), nothing);
    assert.deepEqual(losses({ mounts: [] }), nothing);
  });
});
