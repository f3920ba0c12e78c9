import assert from 'node:assert/strict';
import { isEmptyQuery, parseTaskQuery } from '../../../../src/editor/shared/taskQuery';

const now = Date.UTC(2026, 5, 10, 12);
const parsed = (text: string) => parseTaskQuery(text, now);

describe('what is typed to find tasks', () => {
  it('is text, and words with a value', () => {
    assert.deepEqual(parsed('  fix   the login ').query, { q: 'fix the login' });
    assert.deepEqual(
      parsed('state:failed stream:"my lane" Script:build.sh batch:bat_1 编译 since:7d').query,
      {
        status: 'failed',
        stream: 'my lane',
        script: 'build.sh',
        batch_id: 'bat_1',
        q: '编译',
        since: '2026-06-03T12:00:00.000Z',
      },
    );
  });

  it('takes the beginning of a state, and no word that is still being typed', () => {
    assert.deepEqual(parsed('state:FAI').query, { status: 'failed' });
    for (const text of ['', '  ', 'state:', 'since:', 'stream:"']) {
      assert.ok(isEmptyQuery(parsed(text).query), text);
      assert.equal(parsed(text).problem, undefined, text);
    }
  });

  it('names the first value that cannot be one', () => {
    assert.deepEqual(parsed('state:gone since:never x').problem, { word: 'state', value: 'gone' });
    assert.deepEqual(parsed('since:never').problem, { word: 'since', value: 'never' });
  });

  it('leaves other words with a colon as text', () => {
    assert.deepEqual(parsed('src/a.ts:12 http://x').query, { q: 'src/a.ts:12 http://x' });
  });
});
