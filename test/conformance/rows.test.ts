import assert from 'node:assert/strict';
import { aloneCases, cliCases, httpCases, sharedCases } from './cases/all';
import { rows } from './rows';

const cases = [...sharedCases, ...httpCases, ...cliCases, ...aloneCases];

describe('The list of promises', () => {
  it('is covered by the cases, which name no other', () => {
    assert.deepEqual([...new Set(cases.flatMap((one) => one.rows))].sort(), Object.keys(rows).sort());
  });

  it('is covered by cases with distinct names', () => {
    for (const list of [sharedCases, httpCases, cliCases, aloneCases]) {
      assert.equal(new Set(list.map(({ name }) => name)).size, list.length);
    }
    for (const { name, rows: tried } of cases) {
      assert.ok(tried.length > 0 && new Set(tried).size === tried.length, name);
    }
  });
});
