import assert from 'node:assert/strict';
import { selectTasks, taskColumns } from '../../../../src/store/rows/taskRow';

describe('A row of a task', () => {
  it('has each value under the name of its column', () => {
    const asked: string[] = [];
    const values = (sql: string) => {
      asked.push(...sql.replace(/^SELECT (.*) FROM.*$/, '$1').split(', '));
      return [asked.map((column) => column.replace('tasks.', ''))];
    };
    const none = () => [];
    const [row] = selectTasks({ values, all: none, get: () => undefined }, 'WHERE 1');
    assert.deepEqual(
      Object.entries(row ?? {}),
      taskColumns.map((column) => [column, column]),
    );
    assert.deepEqual(
      asked,
      taskColumns.map((column) => `tasks.${column}`),
    );
  });
});
