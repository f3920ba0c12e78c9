import assert from 'node:assert/strict';
import type pg from 'pg';
import { versionOf } from '../../../src/postgres/schema';

/** A server without tables, of a version. */
const server = (shown: string, major: number) =>
  ({ query: async () => ({ rows: [{ name: null, major, shown }] }) }) as unknown as pg.ClientBase;

describe('The version of a server', () => {
  it('is refused by name below the oldest that a queue can use', async () => {
    await assert.rejects(versionOf(server('14.11', 14), 'sparkq'), {
      code: 'unavailable',
      message: 'The server runs PostgreSQL 14.11; a queue needs 15 or newer',
    });
    assert.equal((await versionOf(server('15.0', 15), 'sparkq')).version, 0);
  });
});
