import assert from 'node:assert/strict';
import { inContainer, mountOf, outlivesContainer, parseMounts } from '../../../src/system/mounts';

/** As a dev container of Docker sees it. */
const text = `22 1 0:50 / / rw,relatime master:2 - overlay overlay rw,lowerdir=/a,upperdir=/b
23 22 0:52 / /proc rw,nosuid - proc proc rw
24 22 0:53 / /tmp rw - tmpfs tmpfs rw
25 22 8:1 /home/ann/my\\040shop /workspaces/my\\040shop rw,relatime - ext4 /dev/sda1 rw
26 22 8:1 /var/lib/docker/volumes/sparkq-home/_data /sparkq rw - ext4 /dev/sda1 rw
27 22 8:1 /var/lib/docker/volumes/${'0a'.repeat(32)}/_data /data rw - ext4 /dev/sda1 rw
28 22 8:1 /var/lib/docker/containers/1/hostname /etc/hostname rw - ext4 /dev/sda1 rw
30 22 0:61 / /dev/pts rw - devpts devpts rw
29 25 0:60 / /workspaces/my\\040shop/build rw - tmpfs tmpfs rw
`;

describe('What is mounted where', () => {
  const mounts = parseMounts(text);

  it('is read with the names of folders as they are', () => {
    assert.equal(mounts.length, 9);
    assert.deepEqual(mountOf('/workspaces/my shop/src', mounts), {
      point: '/workspaces/my shop',
      root: '/home/ann/my shop',
      type: 'ext4',
    });
    assert.equal(mountOf('/workspaces/my shopping', mounts)?.point, '/');
    assert.deepEqual(parseMounts('nonsense\n\n'), []);
  });

  it('says what outlives a container: a folder of the host or a volume with a name', () => {
    const outlives = (folder: string) => outlivesContainer(folder, mounts);
    assert.deepEqual(['/workspaces/my shop/.sparkq', '/sparkq', '/sparkq/queues'].map(outlives), [
      true,
      true,
      true,
    ]);
    assert.deepEqual(
      [
        '/root/.vscode-server/data',
        '/tmp/x',
        '/data/x',
        '/workspaces/my shop/build',
        '/proc/1',
        '/dev/pts',
      ].map(outlives),
      [false, false, false, false, false, false],
    );
    assert.equal(outlivesContainer('/sparkq', []), false);
  });

  it('says whether this is a container', () => {
    const none = () => false;
    assert.equal(inContainer({}, none), false);
    assert.equal(inContainer({ CODESPACES: 'false' }, none), false);
    assert.equal(inContainer({ CODESPACES: 'true' }, none), true);
    assert.equal(inContainer({ REMOTE_CONTAINERS: 'true' }, none), true);
    assert.equal(
      inContainer({}, (file) => file === '/.dockerenv'),
      true,
    );
    assert.equal(
      inContainer({}, (file) => file === '/run/.containerenv'),
      true,
    );
  });
});
