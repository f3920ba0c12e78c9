import assert from 'node:assert/strict';
import { QueueError } from '../../../../src/core/errors';
import { LastRows } from '../../../../src/editor/views/lastRows';

const away = new QueueError('unavailable', 'No way', 'Wait.', { unreachable: 'db.example' });
const fails = (error: unknown) => async () => {
  throw error;
};

describe('the rows of a view', () => {
  it('stay while the server cannot be reached, and say since when they are old', async () => {
    const last = new LastRows<{ name: string }>();
    const [parent, child] = [{ name: 'parent' }, { name: 'child' }];
    // Of what was never read, there is nothing to show.
    await assert.rejects(last.of(undefined, fails(away)), away);
    assert.deepEqual(await last.of(undefined, async () => [parent]), { rows: [parent] });
    await last.of(parent, async () => [child]);

    const first = await last.of(undefined, fails(away));
    assert.deepEqual([first.rows, first.old?.unreachable], [[parent], 'db.example']);
    assert.deepEqual((await last.of(parent, fails(away))).rows, [child]);
    // It is as old as it was, however often it is shown.
    assert.equal((await last.of(undefined, fails(away))).old?.since, first.old?.since);
    assert.equal((await last.of(undefined, async () => [])).old, undefined);

    const other = new QueueError('unavailable', 'Changing hands');
    await assert.rejects(last.of(undefined, fails(other)), other);
    last.forget();
    await assert.rejects(last.of(undefined, fails(away)), away);
  });
});
