import assert from 'node:assert/strict';
import { taskColumns, taskRowOf } from '../../../../src/store/rows/rows';

describe('A row of a task', () => {
  it('has each value under the name of its column', () => {
    const row = taskRowOf([...taskColumns]);
    assert.deepEqual(
      Object.entries(row),
      taskColumns.map((column) => [column, column]),
    );
  });
});
