import assert from 'node:assert/strict';
import { enqueue, refused, withQueue } from '../../../support/localQueue';

const question = { text: ' Drop the old table? ', choices: ['yes', 'no'] };

describe('A question of a worker', () => {
  it('puts its task back, which nobody gets before the answer, and the next run has both in its note', () =>
    withQueue(async (queue) => {
      const { id } = await enqueue(queue, { max_attempts: 1 });
      const next = await enqueue(queue);
      const { lease } = await queue.claimTask(id);
      const asked = await queue.ask(id, { lease, ...question });
      assert.deepEqual(
        [asked.status, asked.question?.text, asked.question?.choices, asked.waiting_reason],
        ['queued', 'Drop the old table?', ['yes', 'no'], { code: 'answer', values: {} }],
      );
      await refused(queue.claimTask(id), 'not_ready');
      assert.equal((await queue.claimNext('lane'))?.task.id, next.id);
      assert.equal(await queue.claimNext('lane'), null);

      const answered = await queue.answer(id, { text: 'no' });
      assert.deepEqual(
        [answered.question, answered.note],
        [null, 'Question: Drop the old table?\nAnswer: no'],
      );
      const claim = await queue.claimNext('lane');
      assert.deepEqual(
        [claim?.task.id, claim?.task.attempts, claim?.task.failures, claim?.task.note],
        [id, 2, 0, answered.note],
      );
      const [first] = await queue.listAttempts(id);
      assert.deepEqual([first?.outcome, first?.summary], ['asked', 'Drop the old table?']);
    }));

  it('is not answered by what was meant for an earlier one', () =>
    withQueue(async (queue) => {
      const { id } = await enqueue(queue);
      const ask = async (text: string) => {
        const { lease } = await queue.claimTask(id);
        return (await queue.ask(id, { lease, text })).question?.asked_at;
      };
      const asked_at = await ask('Which?');
      await queue.answer(id, { text: 'the first', asked_at });
      await refused(queue.answer(id, { text: 'the first', asked_at }), 'wrong_state');
      const later = await ask('Drop the old table?');
      await refused(queue.answer(id, { text: 'the first', asked_at }), 'changed', /Drop the old table/);
      assert.equal((await queue.answer(id, { text: 'no', asked_at: later })).question, null);
    }));

  it('adds to the note that is there, each time', () =>
    withQueue(async (queue) => {
      const { id } = await enqueue(queue);
      for (const [text, answer] of [
        ['Which?', 'the first'],
        ['Sure?', 'yes'],
      ] as const) {
        const { lease } = await queue.claimTask(id);
        await queue.ask(id, { lease, text });
        await queue.answer(id, { text: answer });
      }
      assert.equal(
        (await queue.getTask(id)).note,
        'Question: Which?\nAnswer: the first\n\nQuestion: Sure?\nAnswer: yes',
      );
    }));

  it('wakes whoever waits for a task once it is answered', () =>
    withQueue(async (queue) => {
      const { id } = await enqueue(queue);
      const { lease } = await queue.claimTask(id);
      await queue.ask(id, { lease, text: 'Which?' });
      const waiting = queue.claimNext('lane', { wait: 60 });
      await queue.answer(id, { text: 'the first' });
      assert.equal((await waiting)?.task.id, id);
    }));

  it('holds a stream that pauses after a failure', () =>
    withQueue(async (queue) => {
      await queue.updateStream('lane', { on_failure: 'pause' });
      const { id } = await enqueue(queue);
      const next = await enqueue(queue);
      const { lease } = await queue.claimTask(id);
      await queue.ask(id, { lease, text: 'Which?' });
      assert.equal(await queue.claimNext('lane'), null);
      assert.equal(await queue.peek('lane'), null);
      const { waiting_reason: reason } = await queue.getTask(next.id);
      assert.deepEqual(reason, { code: 'blocked_answer', values: { task: id } });
      await queue.answer(id, { text: 'the first' });
      assert.equal((await queue.claimNext('lane'))?.task.id, id);
    }));

  it('is asked and answered once, however often that is repeated with its key', () =>
    withQueue(async (queue) => {
      const { id } = await enqueue(queue);
      const { lease } = await queue.claimTask(id);
      await queue.ask(id, { lease, text: 'Which?', key: 'asked' });
      await queue.answer(id, { text: 'the first' }, { key: 'answered' });
      await queue.ask(id, { lease, text: 'Which?', key: 'asked' });
      const again = await queue.answer(id, { text: 'the first' }, { key: 'answered' });
      assert.deepEqual([again.question, again.note], [null, 'Question: Which?\nAnswer: the first']);
    }));

  it('ends a run of the built-in runner, once, with what is known of that', () =>
    withQueue(async (queue) => {
      const { id } = await enqueue(queue, { max_attempts: 1 });
      const { lease } = await queue.claimTask(id, { supervised: true });
      const git = { commit: 'c0ffee', branch: 'main', dirty: false };
      const end = { lease, attempt: 1, key: 'end', text: 'Which?', exit_code: 3, stdout_size: 5, git };
      await queue.ask(id, end);
      const again = await queue.ask(id, end);
      const known = again.status === undefined ? null : [again.status, again.failures, again.question?.text];
      assert.deepEqual(known, ['queued', 0, 'Which?']);
      const [attempt, ...others] = await queue.listAttempts(id);
      assert.deepEqual(others, []);
      assert.deepEqual(
        [attempt?.outcome, attempt?.exit_code, attempt?.stdout_size, attempt?.git_ended],
        ['asked', 3, 5, git],
      );
    }));

  it('is refused without a live claim, without text, and to the built-in runner before its run has ended', () =>
    withQueue(async (queue) => {
      const { id } = await enqueue(queue);
      await refused(queue.ask(id, { lease: 'f'.repeat(32), text: 'Which?' }), 'lease_superseded');
      const { lease } = await queue.claimTask(id, { supervised: true });
      await refused(queue.ask(id, { lease, text: ' ' }), 'missing_field');
      await refused(queue.ask(id, { lease, text: 'Which?' }), 'wrong_state');
      await refused(queue.ask(id, { lease, text: 'Which?', attempt: 2 }), 'wrong_state');
      await refused(
        queue.ask(id, { lease, text: 'Which?', choices: Array.from('0123456789a') }),
        'invalid_field',
      );
      await refused(queue.answer(id, { text: 'the first' }), 'wrong_state');
    }));

  it('ends a task whose cancellation was requested', () =>
    withQueue(async (queue) => {
      const { id } = await enqueue(queue);
      const { lease } = await queue.claimTask(id);
      await queue.cancel(id);
      const ended = await queue.ask(id, { lease, text: 'Which?' });
      assert.deepEqual([ended.status, ended.failure_kind, ended.question], ['failed', 'cancelled', null]);
    }));

  it('is still there after its task was deleted and restored', () =>
    withQueue(async (queue) => {
      const { id } = await enqueue(queue);
      const { lease } = await queue.claimTask(id);
      await queue.ask(id, { lease, text: 'Which?' });
      await queue.deleteTask(id);
      assert.equal((await queue.undeleteTask(id)).question?.text, 'Which?');
      assert.equal(await queue.claimNext('lane'), null);
    }));
});
