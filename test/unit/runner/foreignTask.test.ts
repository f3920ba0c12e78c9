import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import type { QueueStatus } from '../../../src/core/model';
import { refuseVariables } from '../../../src/runner/command/foreignVariables';
import { CouldNotStart } from '../../../src/runner/command/payload';
import { isForeign } from '../../../src/runner/foreignTask';
import { withFolder } from '../../support/folders';
import { refused } from '../../support/localQueue';

const queue = { status: async () => ({ person: 'ann' }) as QueueStatus };

describe('A task of somebody else', () => {
  it('starts only while machine.yml accepts that person', () =>
    withFolder(async (home) => {
      const started = (created_by: string | null) => isForeign(queue, home, { id: 'tsk_1', created_by });
      assert.deepEqual([await started(null), await started('ann')], [false, false]);
      await refused(started('ben'), 'not_ready', /tsk_1 was not started: .* tasks of ben/);
      fs.writeFileSync(path.join(home, 'machine.yml'), 'accept: [ben]\n');
      assert.equal(await started('ben'), true);
      await refused(started('eve'), 'not_ready', /eve/);
      await refused(isForeign(queue, undefined, { id: 'tsk_1', created_by: 'ben' }), 'not_ready');
    }));

  it('sets no variables that decide which program runs', () => {
    for (const name of [
      'PATH',
      'Path',
      'LD_PRELOAD',
      'NODE_OPTIONS',
      'BASH_ENV',
      'GIT_SSH_COMMAND',
      'PYTHONPATH',
    ]) {
      const refusal = (error: unknown) =>
        error instanceof CouldNotStart && error.message.includes(`task of ben, which may not set ${name} `);
      assert.throws(() => refuseVariables({ STAGE: 'prod', [name]: 'x' }, 'ben'), refusal, name);
    }
    refuseVariables({ STAGE: 'prod', MY_PATH: '/x', PATHS: '1' }, 'ben');
  });
});
