import assert from 'node:assert/strict';
import { failureKinds, taskStatuses } from '../../../../src/core/model';
import {
  failureIcons,
  otherIcons,
  staleIcon,
  statusIcons,
  streamIcon,
  taskIcon,
} from '../../../../src/editor/shared/icons';
import { aStream, aTask } from '../../../support/sampleRows';

describe('the icons of rows', () => {
  it('tell each status apart by shape', () => {
    const shapes = taskStatuses.map((status) => statusIcons[status].codicon);
    assert.equal(new Set(shapes).size, taskStatuses.length);
  });

  it('exist for each kind of failure, and do not look like success', () => {
    for (const kind of failureKinds) {
      const icon = taskIcon(aTask({ status: 'failed', failure_kind: kind }));
      assert.equal(icon, failureIcons[kind]);
      assert.notEqual(icon.codicon, statusIcons.succeeded.codicon);
    }
  });

  it('tell a parked task from a queued one', () => {
    const parked = taskIcon(aTask({ parked: true }));
    assert.notEqual(parked.codicon, statusIcons.queued.codicon);
  });

  it('warn of a run that exceeds its timeout', () => {
    const stale = taskIcon(aTask({ status: 'running', stale_warned_at: '2026-01-31T09:00:00.000000Z' }));
    assert.deepEqual(stale, staleIcon);
    assert.notEqual(stale.codicon, statusIcons.running.codicon);
  });

  it('tell paused, ended, busy and idle streams apart by shape', () => {
    const streams = [{ paused: true }, { status: 'ended' as const }, { working: true }, {}].map((part) =>
      aStream(part),
    );
    assert.equal(new Set(streams.map((stream) => streamIcon(stream).codicon)).size, streams.length);
  });

  it('use only codicons and theme colours', () => {
    for (const icon of [
      ...Object.values(statusIcons),
      ...Object.values(failureIcons),
      ...Object.values(otherIcons),
    ]) {
      assert.match(icon.codicon, /^[a-z-]+(~spin)?$/);
    }
  });
});
