import assert from 'node:assert/strict';
import { mainStream } from '../../../src/store/mainStream';
import { withQueue } from '../../support/localQueue';

describe('The stream of tasks that name none', () => {
  it('is made once, in a session of its own, and passes over what nobody here can run', () =>
    withQueue(async (queue) => {
      const all = await Promise.all([mainStream(queue), mainStream(queue), mainStream(queue)]);
      const [stream] = all;
      assert.deepEqual(new Set(all.map(({ id }) => id)), new Set([stream.id]));
      assert.deepEqual([stream.name, stream.skip_unrunnable], ['main', true]);
      const named = (await queue.listSessions()).items.filter(({ name }) => name === 'default');
      assert.deepEqual(
        named.map(({ id }) => id),
        [stream.session_id],
      );
    }));

  it('is any active stream of that name, and another one once it has ended', () =>
    withQueue(async (queue) => {
      const own = await queue.createStream({ session: 'work', name: 'main' });
      assert.equal((await mainStream(queue)).id, own.id);
      await queue.endStream(own.id);
      assert.equal((await mainStream(queue)).name, 'main-2');
      await queue.endStream('main-2');
      assert.equal((await mainStream(queue)).name, 'main-3');
      assert.equal((await mainStream(queue)).name, 'main-3');
    }));

  it('gets another session where that of its name has ended', () =>
    withQueue(async (queue) => {
      const first = await mainStream(queue);
      await queue.endSession(first.session_id);
      const second = await mainStream(queue);
      assert.equal(second.name, 'main-2');
      assert.notEqual(second.session_id, first.session_id);
      assert.equal((await queue.getSession(second.session_id)).name, 'default');
    }));
});
