import assert from 'node:assert/strict';
import { idPrefixes, isId, newId, newLease, randomHex } from '../../../src/core/ids';

describe('Ids', () => {
  it('are a prefix and 12 hex digits, and never the same twice', () => {
    for (const kind of Object.keys(idPrefixes) as (keyof typeof idPrefixes)[]) {
      const ids = Array.from({ length: 5000 }, () => newId(kind));
      assert.equal(new Set(ids).size, ids.length);
      for (const id of ids) assert.match(id, new RegExp(`^${idPrefixes[kind]}_[0-9a-f]{12}$`));
      assert.ok(isId(ids[0] ?? '', kind));
    }
    assert.equal(new Set(Array.from({ length: 5000 }, newLease)).size, 5000);
    assert.match(newLease(), /^[0-9a-f]{32}$/);
    assert.equal(randomHex(1).length, 2);
  });

  it('are distinguished from other texts and kinds', () => {
    assert.ok(!isId('tsk_0123456789ab', 'stream'));
    for (const text of ['', 'tsk_0123456789a', 'tsk_0123456789abc', 'TSK_0123456789ab', 'tsk_0123456789aB']) {
      assert.ok(!isId(text));
    }
  });
});
