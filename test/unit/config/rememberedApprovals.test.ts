import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { RememberedApprovals } from '../../../src/config/rememberedApprovals';
import { useFolder } from '../../support/folders';

const one = 'a'.repeat(64);
const two = 'b'.repeat(64);

describe('The approvals that are remembered', () => {
  const home = useFolder();

  it('are those of a workspace, in whichever process, until they are forgotten', () => {
    const approvals = new RememberedApprovals(home(), '/w');
    assert.deepEqual([approvals.isEmpty(), approvals.has(one), approvals.list()], [true, false, []]);
    approvals.add(one, 'Build');
    approvals.add(two, 'Test');
    approvals.add(one, 'Build again');
    const others = new RememberedApprovals(home(), '/w');
    assert.deepEqual(
      others
        .list()
        .map(({ digest, label }) => [digest, label])
        .sort(),
      [
        [one, 'Build'],
        [two, 'Test'],
      ],
    );
    assert.equal(others.isEmpty(), false);
    assert.equal(new RememberedApprovals(home(), '/other').has(one), false);
    others.forget([one]);
    assert.deepEqual([approvals.has(one), approvals.has(two)], [false, true]);
  });

  it('are named by nothing but a digest, and count though their file is damaged', () => {
    const approvals = new RememberedApprovals(home(), '/w');
    approvals.add(one, 'Build');
    assert.equal(approvals.has(`../${path.basename(home())}`), false);
    const [folder = ''] = fs.readdirSync(path.join(home(), 'remembered'));
    fs.writeFileSync(path.join(home(), 'remembered', folder, `${one}.json`), 'torn');
    fs.writeFileSync(path.join(home(), 'remembered', folder, 'README'), '');
    assert.deepEqual(approvals.list(), [{ digest: one, label: '', approved_at: null }]);
    assert.equal(approvals.has(one), true);
  });
});
