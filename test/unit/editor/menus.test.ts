import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Batch, Stream, Task } from '../../../src/core/model';
import {
  batchContext,
  doneContext,
  namedContext,
  scheduleContext,
  scriptContext,
  sessionContext,
  streamContext,
  taskContext,
} from '../../../src/editor/views/contextValue';
import { aBatch, aSchedule, aSession, aStream, aTask } from '../../support/sampleRows';

interface MenuItem {
  command: string;
  when: string;
  group: string;
}

const items = (
  JSON.parse(readFileSync('package.json', 'utf8')) as {
    contributes: { menus: { 'view/item/context': MenuItem[] } };
  }
).contributes.menus['view/item/context'];

/** What a condition may test of a row. */
interface Row {
  view: string;
  viewItem: string;
  listMultiSelection?: boolean;
  isWorkspaceTrusted?: boolean;
}

function holds(when: string, row: Row): boolean {
  const values: Record<string, unknown> = { isWorkspaceTrusted: true, ...row };
  return when.split(' && ').every((term) => {
    const match = /^(!?)([\w.]+)(?: (==|=~) (.+))?$/.exec(term);
    assert.ok(match, term);
    const [, not, key = '', operator, right = ''] = match;
    const value = values[key];
    if (operator === '==') return value === right;
    if (operator === '=~') return new RegExp(right.slice(1, -1)).test(String(value));
    return Boolean(value) === (not === '');
  });
}

/** The commands of a row's menu by group, or its inline actions. */
function menuOf(row: Row, inline = false): string[][] {
  const shown = items.filter(({ when, group }) => group.startsWith('inline') === inline && holds(when, row));
  const place = ({ group }: MenuItem) => group.split('@') as [string, string];
  const order = shown.sort((a, b) => {
    const [[groupA, atA], [groupB, atB]] = [place(a), place(b)];
    return groupA.localeCompare(groupB) || Number(atA) - Number(atB);
  });
  assert.equal(new Set(shown.map(({ group }) => group)).size, shown.length, `places of ${row.viewItem}`);
  assert.equal(new Set(shown.map(({ command }) => command)).size, shown.length, `doubles of ${row.viewItem}`);
  const groups = new Map<string, string[]>();
  for (const item of order) {
    const [group] = place(item);
    groups.set(group, [...(groups.get(group) ?? []), item.command.replace('sparkq.', '')]);
  }
  return [...groups.values()];
}

const runnable = true;
const byHand = false;
const queueRow = (task: Partial<Task>, isRunnable = runnable): Row => ({
  view: 'sparkq.queue',
  viewItem: taskContext(aTask(task), isRunnable),
});
const reviewRow = (task: Partial<Task>): Row => ({ ...queueRow(task), view: 'sparkq.review' });
const finished = { status: 'failed', attempts: 1, failure_kind: 'error', finished_at: 'x' } as const;
const running = { status: 'running', attempts: 1 } as const;

function streamRow(part: Partial<Stream>): Row {
  return { view: 'sparkq.queue', viewItem: streamContext(aStream(part)) };
}

describe('the menu of a task', () => {
  it('offers what can be done with a queued task', () => {
    assert.deepEqual(menuOf(queueRow({})), [
      ['openTask'],
      ['runTask'],
      ['claim', 'cancel'],
      ['editPayload', 'verifyWith', 'park', 'moveUp', 'moveDown', 'moveToStream'],
      ['duplicate', 'duplicateAndEdit'],
      ['copyTaskId'],
      ['deleteTask'],
    ]);
    assert.deepEqual(menuOf(queueRow({}), true), [['runTask', 'park', 'cancel']]);
  });

  it('offers a worktree for a task of an agent that has not begun', () => {
    const agent = { task_class: 'LLM_HEAVY' } as const;
    const offered = (part: Partial<Task>) => menuOf(queueRow(part)).flat().includes('chooseWorktree');
    assert.deepEqual([offered(agent), offered({ ...agent, attempts: 1 }), offered({})], [true, false, false]);
  });

  it('offers to approve or deny what an agent has queued, before all else, and not to run it', () => {
    const pending = { approval: 'pending', batch_id: 'bat_1' } as const;
    const answers = ['approve', 'approvePlan', 'deny'];
    const menu = menuOf(queueRow(pending));
    assert.deepEqual(
      menu.find((group) => group.includes('approve')),
      answers,
    );
    assert.deepEqual(
      ['runTask', 'claim'].filter((command) => menu.flat().includes(command)),
      [],
    );
    assert.deepEqual(menuOf(reviewRow(pending), true), [answers]);
    assert.deepEqual(menuOf(reviewRow({ approval: 'pending' }), true), [['approve', 'deny']]);
    assert.deepEqual(menuOf(queueRow(pending), true), [['approve', 'park', 'cancel']]);
  });

  it('offers to unpark a parked task, not to run it', () => {
    assert.deepEqual(menuOf(queueRow({ parked: true }), true), [['unpark', 'cancel']]);
    assert.deepEqual(
      menuOf(queueRow({ parked: true }))
        .flat()
        .includes('park'),
      false,
    );
  });

  it('does not offer to run a task of an outside worker, nor any in an untrusted workspace', () => {
    assert.equal(menuOf(queueRow({}, byHand)).flat().includes('runTask'), false);
    assert.equal(
      menuOf({ ...queueRow({}), isWorkspaceTrusted: false })
        .flat()
        .includes('runTask'),
      false,
    );
  });

  it('offers to wake the account for which a task waits', () => {
    const reason = {
      code: 'resting',
      values: { account: 'claude', limit: '5-hour limit', tool: 'opus' },
    } as const;
    assert.ok(
      menuOf(queueRow({ waiting_reason: reason }))
        .flat()
        .includes('wakeAccount'),
    );
    assert.equal(menuOf(queueRow({})).flat().includes('wakeAccount'), false);
  });

  it('offers to stop a run, and to finish a task claimed by hand', () => {
    assert.deepEqual(menuOf(queueRow({ ...running, supervised: true })), [
      ['openTask', 'showOutput', 'showTerminal'],
      ['runAgain'],
      ['suspendRun', 'cancel'],
      ['duplicate', 'duplicateAndEdit'],
      ['copyTaskId'],
    ]);
    const suspended = menuOf(queueRow({ ...running, supervised: true, suspended: true }));
    assert.deepEqual(suspended[2], ['continueRun', 'cancel']);
    assert.deepEqual(menuOf(queueRow(running, byHand)), [
      ['openTask', 'showOutput'],
      ['complete', 'fail', 'cancel'],
      ['duplicate', 'duplicateAndEdit'],
      ['copyTaskId'],
    ]);
    assert.deepEqual(menuOf(queueRow({ ...running, supervised: true }), true), [['showOutput', 'cancel']]);
  });

  it('offers to repeat, review and delete a finished task', () => {
    assert.deepEqual(menuOf(queueRow(finished)), [
      ['openTask', 'showOutput'],
      ['requeue', 'requeueWithNote', 'runAgain'],
      ['accept'],
      ['duplicateAndEdit'],
      ['copyTaskId'],
      ['deleteTask'],
    ]);
    assert.deepEqual(menuOf(queueRow(finished), true), [['showOutput', 'requeue', 'accept']]);
    assert.deepEqual(menuOf(queueRow({ ...finished, reviewed_at: 'x' }), true), [['showOutput', 'requeue']]);
  });

  it('offers the same in the Review view, and to accept the whole stream', () => {
    assert.deepEqual(menuOf(reviewRow(finished)), [
      ['openTask', 'showOutput'],
      ['requeue', 'requeueWithNote', 'runAgain'],
      ['accept', 'acceptStream'],
      ['duplicateAndEdit'],
      ['copyTaskId'],
      ['deleteTask'],
    ]);
    assert.deepEqual(menuOf(reviewRow(finished), true), [['showOutput', 'requeueWithNote', 'accept']]);
  });

  it('offers for several tasks only what acts on all of them', () => {
    assert.deepEqual(menuOf({ ...queueRow({}), listMultiSelection: true }), [
      ['cancel'],
      ['park', 'moveUp', 'moveDown', 'moveToStream'],
      ['duplicate'],
      ['copyTaskId'],
      ['deleteTask'],
    ]);
    assert.deepEqual(menuOf({ ...reviewRow(finished), listMultiSelection: true }), [
      ['requeue', 'requeueWithNote'],
      ['accept'],
      ['copyTaskId'],
      ['deleteTask'],
    ]);
  });
});

describe('the menu of a stream', () => {
  it('depends on its state', () => {
    assert.deepEqual(menuOf(streamRow({})), [
      ['enqueue', 'startWorker', 'pauseStream'],
      ['streamOptions', 'renameStream'],
      ['endStream', 'deleteStream'],
    ]);
    const waiting = { ...aStream().counts, queued: 2 };
    assert.deepEqual(menuOf(streamRow({ counts: waiting })).at(-1), ['emptyStream', 'endStream']);
    assert.deepEqual(menuOf(streamRow({ working: true, paused: true }), true), [
      ['enqueue', 'stopWorker', 'resumeStream'],
    ]);
    const counts = { ...aStream().counts, succeeded: 1, unreviewed: 1 };
    assert.deepEqual(menuOf(streamRow({ status: 'ended', counts })), [['acceptStream']]);
    assert.deepEqual(menuOf(streamRow({ status: 'ended' })), [['deleteStream']]);
  });
});

describe('the menu of the finished tasks of a stream', () => {
  it('acts on all of them', () => {
    const counts = aStream().counts;
    const row = (part: Partial<typeof counts>): Row => ({
      view: 'sparkq.queue',
      viewItem: doneContext(aStream({ counts: { ...counts, ...part } })),
    });
    const failed = row({ failed: 1, unreviewed: 1, failed_unreviewed: 1 });
    assert.deepEqual(menuOf(failed), [['acceptStream', 'requeueFailed'], ['deleteFinished']]);
    assert.deepEqual(menuOf(failed, true), [['acceptStream']]);
    assert.deepEqual(menuOf(row({ succeeded: 1, unreviewed: 1 })), [['acceptStream'], ['deleteFinished']]);
    assert.deepEqual(menuOf(row({ succeeded: 1 })), [['deleteFinished']]);
    assert.deepEqual(menuOf(row({ succeeded: 1 }), true), []);
  });
});

describe('the menu of a batch', () => {
  const batchRow = (part: Partial<Batch>): Row => ({
    view: 'sparkq.queue',
    viewItem: batchContext(aBatch(part)),
  });
  const counts = aBatch().counts;

  it('cancels what is left, and retries what failed', () => {
    assert.deepEqual(menuOf(batchRow({ counts: { ...counts, queued: 1 } })), [['cancelBatch']]);
    assert.deepEqual(menuOf(batchRow({ counts: { ...counts, queued: 1, failed: 1 } })), [
      ['retryBatch', 'cancelBatch'],
    ]);
    assert.deepEqual(menuOf(batchRow({ counts: { ...counts, failed: 1 } }), true), [['retryBatch']]);
    assert.deepEqual(menuOf(batchRow({ counts: { ...counts, succeeded: 1 } })), []);
  });
});

describe('the menu of a schedule', () => {
  it('offers to run it now, to pause or resume it, and to remove it', () => {
    const row = (paused: boolean): Row => ({
      view: 'sparkq.queue',
      viewItem: scheduleContext(aSchedule({ paused })),
    });
    assert.deepEqual(menuOf(row(false)), [['runSchedule', 'pauseSchedule'], ['removeSchedule']]);
    assert.deepEqual(menuOf(row(true)), [['runSchedule', 'resumeSchedule'], ['removeSchedule']]);
    assert.deepEqual(menuOf(row(true), true), [['runSchedule', 'resumeSchedule']]);
    const ofFile = { view: 'sparkq.queue', viewItem: scheduleContext(aSchedule({ name: 'nightly' })) };
    assert.deepEqual(menuOf(ofFile), [['runSchedule', 'pauseSchedule']]);
    assert.deepEqual(menuOf({ view: 'sparkq.queue', viewItem: 'schedules' }), [['addSchedule']]);
  });
});

describe('the menu of a session', () => {
  it('depends on its state', () => {
    const row = (status: 'active' | 'ended'): Row => ({
      view: 'sparkq.queue',
      viewItem: sessionContext(aSession({ status })),
    });
    assert.deepEqual(menuOf(row('active')), [
      ['newStream', 'startAllWorkers'],
      ['renameSession'],
      ['endSession', 'deleteSession'],
    ]);
    assert.deepEqual(menuOf(row('ended')), [['deleteSession']]);
  });
});

describe('the menu of the summary', () => {
  it('dismisses it, and nothing else', () => {
    const row = (viewItem: string): Row => ({ view: 'sparkq.review', viewItem });
    assert.deepEqual(menuOf(row('summary'), true), [['dismissSummary']]);
    for (const viewItem of ['summary', 'count', 'waiting']) assert.deepEqual(menuOf(row(viewItem)), []);
  });
});

describe('the menu of a script', () => {
  const row = (viewItem: string): Row => ({ view: 'sparkq.scripts', viewItem });
  const script = (isRunnable: boolean, isPinned: boolean) => row(scriptContext(isRunnable, isPinned));

  it('offers to run, enqueue and pin it', () => {
    const menu = [['openScript'], ['runScript', 'enqueueScript'], ['pinScript']];
    assert.deepEqual(menuOf(script(true, false)), menu);
    assert.deepEqual(menuOf(script(true, false), true), [['runScript', 'enqueueScript', 'pinScript']]);
    assert.deepEqual(menuOf(script(false, true), true), [['enqueueScript', 'unpinScript']]);
  });

  it('offers to enqueue a folder of scripts, but not what another file names in a folder', () => {
    assert.deepEqual(menuOf(row('scripts')), [['enqueueFolder']]);
    assert.deepEqual(menuOf(row('folder')), []);
  });

  it('offers the same of a named command', () => {
    const row = (isRunnable: boolean, isPinned = false) => ({
      view: 'sparkq.scripts',
      viewItem: namedContext(isRunnable, isPinned),
    });
    assert.deepEqual(menuOf(row(true)), [['openScript'], ['runScript', 'enqueueScript'], ['pinScript']]);
    assert.deepEqual(menuOf(row(true), true), [['runScript', 'enqueueScript', 'pinScript']]);
    assert.deepEqual(menuOf(row(false, true)), [['openScript'], ['enqueueScript'], ['unpinScript']]);
  });
});
