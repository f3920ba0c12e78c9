import assert from 'node:assert/strict';
import { taskScreen } from '../../../../src/cli/terminal/taskScreen';
import { cellsOf } from '../../../../src/cli/terminal/textWidth';
import { toInstant } from '../../../../src/core/clock';
import type { Task } from '../../../../src/core/model';
import { aTask } from '../../../support/sampleRows';

const now = Date.UTC(2026, 0, 31, 10);
const ago = (seconds: number) => toInstant(now - seconds * 1_000);

const rows: Task[] = [
  aTask({ id: 'tsk_000000000001', label: 'make test', status: 'queued', created_at: ago(90) }),
  aTask({
    id: 'tsk_000000000002',
    label: '构建'.repeat(40),
    status: 'running',
    created_at: ago(7_200),
    started_at: ago(125),
  }),
  aTask({
    id: 'tsk_000000000003',
    label: 'a\nb',
    status: 'failed',
    failure_kind: 'cancelled',
    created_at: ago(86_400 * 3),
    started_at: ago(4_000),
    finished_at: ago(3_990),
    stream_id: 'str_000000000002',
  }),
];
const streams = new Map([
  ['str_000000000001', 'main'],
  ['str_000000000002', 'nightly'],
]);
const screen = (width: number, tasks = rows) => taskScreen(tasks, streams, now, width);

describe('The tasks on a terminal', () => {
  it('fit its width, whatever that is', () => {
    for (const width of [40, 60, 80, 120, 200]) {
      for (const line of screen(width)) assert.ok(cellsOf(line) <= width, `${width}: ${line}`);
    }
  });

  it('show name, state, age and duration', () => {
    const [head, queued, running, cancelled] = screen(120);
    assert.match(head ?? '', /^ID +Task +State +Age +Ran +Stream$/);
    assert.match(queued ?? '', /^tsk_000000000001 make test +queued +1m +- +main$/);
    assert.match(running ?? '', /^tsk_000000000002 构建.*… running +2h +2m 5s +main$/);
    assert.match(cancelled ?? '', /^tsk_000000000003 a b +cancelled +3d +10s +nightly$/);
  });

  it('leave out first the stream, then the id, then the age, where there is no room', () => {
    const headAt = (width: number) => (screen(width)[0] ?? '').split(/ +/).join(' ');
    assert.equal(headAt(60), 'ID Task State Age Ran');
    assert.equal(headAt(46), 'Task State Age Ran');
    assert.equal(headAt(35), 'Task State Ran');
  });

  it('name the stream only where there are several', () => {
    assert.doesNotMatch(screen(120, rows.slice(0, 2))[0] ?? '', /Stream/);
  });
});
