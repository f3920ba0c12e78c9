import assert from 'node:assert/strict';
import { aloneCases, cliCases, httpCases, sharedCases } from './cases/all';
import { rows } from './rows';

const cases = [...sharedCases, ...httpCases, ...cliCases, ...aloneCases];

describe('The rows of what is promised', () => {
  it('are all tried, and nothing else is', () => {
    assert.deepEqual([...new Set(cases.flatMap((one) => one.rows))].sort(), Object.keys(rows).sort());
  });

  it('are tried by cases that can be told apart', () => {
    for (const list of [sharedCases, httpCases, cliCases, aloneCases]) {
      assert.equal(new Set(list.map(({ name }) => name)).size, list.length);
    }
    for (const { name, rows: tried } of cases) {
      assert.ok(tried.length > 0 && new Set(tried).size === tried.length, name);
    }
  });
});
