import assert from 'node:assert/strict';
import { toInstant } from '../../../../src/core/clock';
import { exitReason, type Schedule, type Stream } from '../../../../src/core/model';
import { english } from '../../../../src/core/translator';
import { errorOf, Labels } from '../../../../src/editor/shared/labels';
import { aBatch, aSchedule, aSession, aStream, aTask } from '../../../support/sampleRows';

const labels = new Labels(english);
const now = Date.UTC(2026, 0, 31, 9);
const ago = (seconds: number) => toInstant(now - seconds * 1000);

describe('the labels of a row', () => {
  it('say how long a task has been queued', () => {
    assert.equal(labels.describe(aTask({ created_at: ago(200) }), now), 'queued · 3m');
    assert.equal(labels.describe(aTask({ created_at: ago(5), parked: true }), now), 'parked · 5s');
  });

  it('say roughly how long a stream will take, while it moves', () => {
    const minutes = (count: number) => labels.about(count * 60_000);
    assert.deepEqual([0.1, 3.4, 38, 61, 200].map(minutes), [
      'about 1m',
      'about 3m',
      'about 40m',
      'about 1h',
      'about 3h',
    ]);
    const left = (part: Partial<Stream>, ms?: number) => labels.leftOfStream(aStream(part), ms);
    assert.equal(left({ working: true }, 120_000), 'about 2m left');
    assert.equal(left({ working: true, paused: true }, 120_000), '');
    assert.equal(left({}, 120_000), '');
    assert.equal(left({ counts: { ...aStream().counts, running: 1 } }, 120_000), 'about 2m left');
    assert.equal(left({ working: true }), '');
  });

  it('name a day as people do', () => {
    const noon = new Date(2026, 0, 31, 12).getTime();
    const name = (day: string) => labels.day(day, noon);
    assert.deepEqual(
      ['2026-01-31', '2026-01-30', '2026-01-29', '2026-01-25', '2026-01-24', '2025-12-31'].map(name),
      ['Today', 'Yesterday', 'Thursday', 'Sunday', 'Sat, Jan 24', 'Wed, Dec 31, 2025'],
    );
    assert.equal(new Labels(english, 'de').day('2026-01-24', noon), 'Sa., 24. Jan.');
  });

  it('say how long a task has been running, and its progress', () => {
    const task = aTask({
      status: 'running',
      started_at: ago(12),
      progress: 40,
      progress_message: 'Halfway',
    });
    assert.equal(labels.describe(task, now), 'running · 12s · 40% · Halfway');
    assert.equal(labels.describe({ ...task, cancel_requested: true }, now), 'stopping · 12s · 40% · Halfway');
  });

  it('say that a run exceeds its timeout', () => {
    const late = aTask({ status: 'running', stale_warned_at: '2026-01-31T09:00:00.000000Z' });
    assert.equal(labels.stateOf(late), 'running late');
    assert.equal(labels.stateOf({ ...late, cancel_requested: true }), 'stopping');
  });

  it('say how a task ended, with which exit code, how long it took and when it ended', () => {
    const ended = { started_at: ago(121.2), finished_at: ago(120) };
    assert.equal(labels.describe(aTask({ status: 'succeeded', ...ended }), now), 'succeeded · 1.2s · 2m ago');
    const failed = aTask({ status: 'failed', failure_kind: 'error', exit_code: 2, ...ended });
    assert.equal(labels.describe(failed, now), 'failed · exit 2 · 1.2s · 2m ago');
    const late = aTask({ status: 'failed', failure_kind: 'timeout', ...ended });
    assert.equal(labels.describe(late, now), 'timed out · 1.2s · 2m ago');
  });

  it('say the outcome of a task in the Review view', () => {
    const ended = { started_at: ago(121.2), finished_at: ago(120) };
    const good = aTask({ status: 'succeeded', result_summary: '12 tests pass\nin 3 files', ...ended });
    assert.equal(labels.describeOutcome(good, 'auth'), '1.2s · auth · 12 tests pass');
    const bad = aTask({ status: 'failed', failure_kind: 'error', error: 'no such file', ...ended });
    assert.equal(labels.describeOutcome(bad, 'auth'), 'failed · 1.2s · auth · no such file');
    assert.equal(labels.describeOutcome({ ...bad, exit_code: 2 }, 'a'), 'exit 2 · 1.2s · a · no such file');
    const coded = { ...bad, exit_code: 2, error: `${exitReason(2)}: no such file` };
    assert.equal(labels.describeOutcome(coded, 'a'), 'exit 2 · 1.2s · a · no such file');
    const late = aTask({ status: 'failed', failure_kind: 'timeout', exit_code: 143, error: null, ...ended });
    assert.equal(labels.describeOutcome(late, 'auth'), 'timed out · 1.2s · auth');
  });

  it('say what a stalled agent waited for, and what would have allowed it', () => {
    const error =
      'STALLED: Claude Code waited for a permission: Edit (a.ts). What would allow it: permission: acceptEdits';
    const stalled = aTask({ status: 'failed', failure_kind: 'stalled', error });
    assert.match(
      labels.describeOutcome(stalled, 'auth'),
      /^\S+ · auth · STALLED: .*permission: acceptEdits$/,
    );
  });

  it('have local times in what SparkQ says of a lost worker, and leave what others say alone', () => {
    const error = 'LOST: No heartbeat from w1 since 2026-01-31T09:00:05.123456Z';
    const lost = aTask({ status: 'failed', failure_kind: 'lost', error });
    assert.match(errorOf(lost) ?? '', /since [\d-]+ \d\d:\d\d UTC/);
    assert.match(labels.describeOutcome(lost, 'auth'), /^worker lost · auth · LOST: .* UTC/);
    assert.equal(errorOf({ ...lost, failure_kind: 'error' }), error);
  });

  it('count the tasks of a stream, without zeros', () => {
    const counts = {
      ...aStream().counts,
      ...{ queued: 3, running: 1, succeeded: 7, failed: 4, unreviewed: 5, failed_unreviewed: 2 },
    };
    assert.equal(labels.describeStream(aStream({ counts })), '1 running, 3 queued, 2 failed');
    assert.equal(
      labels.describeStream(aStream({ counts: { ...counts, unapproved: 2, asking: 1 } })),
      '1 running, 3 queued, 2 failed · 2 to approve, 1 to answer',
    );
    assert.equal(
      labels.describeStream(aStream({ counts, paused: true })),
      'paused · 1 running, 3 queued, 2 failed',
    );
    assert.equal(labels.describeStream(aStream({ working: true })), 'nothing queued · worker on');
    assert.equal(labels.describeDone(counts), '11 finished · new: 3 succeeded, 2 failed');
    const seen = { ...counts, unreviewed: 0, failed_unreviewed: 0 };
    assert.equal(labels.describeDone(seen), '11 finished');
  });

  it('say that a queued task can only fail', () => {
    const warning = (code: 'no_script' | 'no_prompt') => [{ code, values: { tool: 'x' }, message: '' }];
    const at = Date.parse(aTask().created_at) + 42_000;
    const told = (code: 'no_script' | 'no_prompt') => labels.describe(aTask({ warnings: warning(code) }), at);
    assert.deepEqual(
      [told('no_script'), told('no_prompt')],
      ['queued · 42s · no script', 'queued · 42s · no prompt'],
    );
  });

  it('say what a stream and its tasks wait for, if nobody here can run them', () => {
    const blocked = { code: 'blocked', values: { task: 'tsk_1', tool: 'llm-sonnet' } } as const;
    const outside = { code: 'outside_worker', values: { tool: 'llm-sonnet' } } as const;
    const lane = { working: true, counts: { ...aStream().counts, queued: 3 } };
    assert.equal(
      labels.describeStream(aStream({ ...lane, waiting_reason: blocked })),
      '3 queued · worker on · blocked: llm-sonnet has no command',
    );
    assert.equal(
      labels.describeStream(aStream({ ...lane, waiting_reason: outside })),
      '3 queued · worker on · for an outside worker',
    );
    const at = Date.parse(aTask().created_at) + 42_000;
    assert.equal(labels.describe(aTask({ waiting_reason: blocked }), at), 'queued · 42s · blocked');
    assert.equal(
      labels.describe(aTask({ waiting_reason: outside }), at),
      'queued · 42s · for an outside worker',
    );
  });

  it('say how far a batch is, with a bar that is full only at its end', () => {
    const counts = { queued: 680, running: 4, succeeded: 312, failed: 3, cancelled: 1 };
    const batch = aBatch({ counts, label: 'fit {}' });
    assert.equal(labels.batchName(batch), 'fit {}');
    assert.equal(labels.batchName({ ...batch, label: null }), '1000 tasks');
    assert.equal(
      labels.describeBatch(batch),
      '▰▱▱▱▱ 316/1000 · 4 running, 680 queued, 3 failed, 1 cancelled',
    );
    const nearly = { ...aBatch().counts, succeeded: 9_999, queued: 1 };
    assert.equal(
      labels.describeBatch(aBatch({ counts: nearly, stopped_at: 'x' })),
      '▰▰▰▰▱ 9999/10000 · 1 queued · stopped after failures',
    );
    const over = { ...aBatch().counts, succeeded: 2 };
    assert.equal(labels.describeBatch(aBatch({ counts: over, stopped_at: 'x' })), '▰▰▰▰▰ 2/2');
    assert.equal(labels.batchStory(aBatch()), '0/0');
    const limits = { parallelism: 4, stop_after: 2 };
    assert.equal(labels.batchOptions(aBatch(limits)), '4 at once, stops after 2 failures');
  });

  it('say of a schedule when it is due, in which stream, and whether somebody works there', () => {
    const now = Date.parse('2026-01-31T09:00:00Z');
    const at = (instant: string, more: object) =>
      new Intl.DateTimeFormat('en', { ...more, hour: 'numeric', minute: '2-digit' }).format(
        Date.parse(instant),
      );
    const soon = at('2026-02-01T02:00:00Z', { weekday: 'short' });
    const late = at('2026-03-01T02:00:00Z', { month: 'short', day: 'numeric' });
    const told = (part: Partial<Schedule>, stream: Partial<Stream> = {}) =>
      labels.describeSchedule(aSchedule(part), aStream(stream), now);
    assert.equal(told({}), `next ${soon} · no worker · auth`);
    assert.equal(told({}, { working: true }), `next ${soon} · worker on · auth`);
    assert.equal(
      told({ next_at: '2026-03-01T02:00:00.000000Z', last_outcome: 'missed' }),
      `missed · next ${late} · no worker · auth`,
    );
    assert.equal(told({ paused: true, next_at: null, last_outcome: 'overlap' }), 'paused · no worker · auth');
    assert.equal(
      told({ last_outcome: 'refused' }, { status: 'ended' }),
      `refused · next ${soon} · ended · auth`,
    );
    assert.equal(
      told({ name: 'nightly', unconfirmed: true, next_at: null }),
      'not confirmed · no worker · auth · sparkq.yml',
    );
    assert.equal(
      labels.scheduleOptions(aSchedule({ missed: 'once', overlap: 'queue' })),
      'makes up for missed times, queues behind an unfinished task',
    );
  });

  it('name the options of a stream that differ from their defaults', () => {
    assert.equal(labels.streamOptions(aStream()), '');
    const options = {
      parallelism: 2,
      on_failure: 'pause',
      max_attempts: 3,
      needs: { gpu: 2, port: 1 },
      retry_interrupted: true,
    } as const;
    assert.equal(
      labels.streamOptions(aStream(options)),
      '2 at once, pauses after a failure, 3 attempts, needs gpu=2, port=1, retries interrupted tasks',
    );
  });

  it('count the streams of a session', () => {
    assert.equal(labels.describeSession(aSession(), 2), '2 streams');
    assert.equal(labels.describeSession(aSession(), 0), 'no streams yet');
    assert.equal(labels.describeSession(aSession({ status: 'ended' }), 1), 'ended');
  });

  it('say times in the language of the texts', () => {
    const german = new Labels(english, 'de');
    assert.equal(german.describe(aTask({ created_at: ago(200) }), now), 'queued · 3 Min.');
    assert.equal(
      german.limits({ timeout: 90, kill_after: 3_600 }),
      'late after 1 Min. 30 Sek., stopped after 1 Std.',
    );
    assert.equal(labels.limits({ timeout: 90, kill_after: 90 }), 'stopped after 1m 30s');
  });
});
