import assert from 'node:assert/strict';
import { readDashboardMessage } from '../../../../src/editor/dashboard/dashboardMessages';

describe('a message from the dashboard', () => {
  it('is returned if it is valid', () => {
    const messages = [
      { type: 'load', id: 1, since: 1_760_000_000_000.5 },
      { type: 'overview', id: 0 },
      { type: 'openTask', taskId: 'tsk_0123456789ab' },
    ];
    for (const message of messages) assert.deepEqual(readDashboardMessage(message), message);
  });

  it('is undefined if it is invalid', () => {
    const messages = [
      undefined,
      null,
      'load',
      {},
      { type: 'run', command: 'sparkq.deleteTask' },
      { type: 'load', id: 1 },
      { type: 'load', id: 1.5, since: 0 },
      { type: 'load', id: 1, since: Number.NaN },
      { type: 'load', id: 1, since: 9e15 },
      { type: 'load', id: 1, since: '0' },
      { type: 'overview', id: -1 },
      { type: 'overview', id: 1, more: true },
      { type: 'openTask', taskId: 'str_0123456789ab' },
      { type: 'openTask', taskId: ['tsk_0123456789ab'] },
    ];
    for (const message of messages) {
      assert.equal(readDashboardMessage(message), undefined, JSON.stringify(message));
    }
  });
});
