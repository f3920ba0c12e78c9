import assert from 'node:assert/strict';
import { FakeClock } from '../../../support/fakeClock';
import { enqueue, refused, withQueue } from '../../../support/localQueue';

describe('Releasing a claim', () => {
  it('can be repeated with its key, also when the task has been claimed again', () =>
    withQueue(async (queue) => {
      const { id } = await enqueue(queue);
      const { lease } = await queue.claimTask(id);
      const first = await queue.releaseClaim(id, lease, { key: 'once' });
      assert.deepEqual([first.status, first.attempts], ['queued', 0]);
      const next = await queue.claimTask(id);
      const again = await queue.releaseClaim(id, lease, { key: 'once' });
      assert.deepEqual([again.id, again.status, again.attempts], [id, 'running', 1]);
      const task = await queue.getTask(id);
      assert.deepEqual([task.status, task.attempts], ['running', 1]);
      await refused(queue.releaseClaim(id, lease), 'lease_superseded');
      await queue.complete(id, { lease: next.lease, result_summary: 'done' });
    }));

  describe('of a worker that has gone', () => {
    const own = { kind: 'agent', conversation: 'c1' } as const;
    const other = { kind: 'agent', conversation: 'c2' } as const;

    it('leaves the task to its conversation for ten seconds, with a note, and spends no attempt', () => {
      const clock = new FakeClock();
      return withQueue(
        async (queue) => {
          const { id } = await enqueue(queue, { max_attempts: 1 });
          const { lease } = await queue.claimTask(id, { origin: own });
          const back = await queue.abandon(id, { lease, note: 'The agent has ended', origin: own });
          assert.deepEqual(
            [back.status, back.failures, back.progress_message],
            ['queued', 0, 'The agent has ended'],
          );
          assert.equal(await queue.claimNext('lane', { origin: other }), null);
          assert.equal(await queue.claimNext('lane'), null);
          await refused(queue.claimTask(id, { origin: other }), 'not_ready');
          const again = await queue.claimNext('lane', { origin: own, claim_request_id: 'r' });
          assert.equal(again?.task.id, id);
          const repeated = await queue.claimNext('lane', { origin: own, claim_request_id: 'r' });
          assert.equal(repeated?.lease, again?.lease);
          await queue.abandon(id, { lease: again?.lease ?? '', origin: own });
          const waiting = queue.claimNext('lane', { origin: other, wait: 60 });
          await clock.timerSet(10_000);
          clock.advance(10_000);
          assert.equal((await waiting)?.task.id, id);
        },
        { clock },
      );
    });

    it('may be claimed by its id by the same conversation', () =>
      withQueue(async (queue) => {
        const { id } = await enqueue(queue);
        const { lease } = await queue.claimTask(id, { origin: own });
        await queue.abandon(id, { lease, origin: own });
        assert.equal((await queue.claimTask(id, { origin: own })).task.id, id);
      }));

    it('waits as any other where its stream is paused', () =>
      withQueue(async (queue) => {
        const { id } = await enqueue(queue);
        const { lease } = await queue.claimTask(id, { origin: own });
        await queue.abandon(id, { lease, origin: own });
        await queue.pauseStream('lane');
        assert.equal(await queue.claimNext('lane', { origin: own }), null);
        await queue.resumeStream('lane');
        assert.equal((await queue.claimNext('lane', { origin: own }))?.task.id, id);
      }));

    it('counts as lost the third time in a row', () =>
      withQueue(async (queue) => {
        const { id } = await enqueue(queue, { max_attempts: 1 });
        const ends: unknown[] = [];
        for (let time = 0; time < 3; time += 1) {
          const { lease } = await queue.claimTask(id, { origin: own });
          const back = await queue.abandon(id, { lease, origin: own });
          ends.push([back.status, back.failure_kind]);
        }
        assert.deepEqual(ends, [
          ['queued', null],
          ['queued', null],
          ['failed', 'lost'],
        ]);
        const outcomes = (await queue.listAttempts(id)).map(({ outcome }) => outcome);
        assert.deepEqual(outcomes, ['abandoned', 'abandoned', 'lost']);
      }));
  });
});
