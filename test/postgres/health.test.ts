/** What a server says of itself and of who asks. */

import assert from 'node:assert/strict';
import pg from 'pg';
import { silentLog } from '../../src/core/log';
import { healthOf, type Rights } from '../../src/postgres/health';
import { PostgresDatabase } from '../../src/postgres/postgresDatabase';
import { serverMigrations } from '../../src/postgres/serverMigrations';
import { migrations } from '../../src/store/rows/schema';
import { Pooler } from '../support/postgres/pooler';
import { newSchema } from '../support/postgres/server';

/** A connection to a schema with the tables of a queue. */
async function withTables(use: (client: pg.Client, schema: string) => Promise<void>): Promise<void> {
  const { url, schema } = newSchema();
  await (await PostgresDatabase.open({ url, schema, migrations, log: silentLog })).close();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await use(client, schema);
  } finally {
    await client.end();
  }
}

describe('the health of a server', () => {
  it('says what is to be known of a queue on it', () =>
    withTables(async (client, schema) => {
      const health = await healthOf(client, schema);
      assert.equal(
        health.schema_version,
        `${migrations.at(-1)?.version}.${serverMigrations.at(-1)?.version}`,
      );
      assert.deepEqual(
        [health.tls, health.superuser, health.pooled, health.synchronous_commit, health.moved_to],
        [null, true, false, 'on', null],
      );
      assert.match(health.version, /^\d+/);
      assert.ok(health.round_trip_ms > 0);
      assert.ok(Number.isInteger(health.clock_ahead_ms));
    }));

  const problem = Pooler.program() === undefined ? ': pgbouncer is not installed' : '';
  (problem ? it.skip : it)(`knows of a pooler in between${problem}`, async () => {
    const { url, schema } = newSchema();
    const pooler = await Pooler.start(url);
    const client = new pg.Client({ connectionString: pooler.urlOf(url) });
    await client.connect();
    assert.equal((await healthOf(client, schema)).pooled, true);
    await client.end();
    await pooler.stop();
  });

  it('tells who may make tables, who may use them, who may read, and who has only some of the rights', () =>
    withTables(async (client, schema) => {
      const role = `${schema}_role`;
      const rightsAs = async (): Promise<Rights> => {
        await client.query(`SET ROLE ${role}`);
        const { rights } = await healthOf(client, schema);
        await client.query('RESET ROLE');
        return rights;
      };
      await client.query(`CREATE ROLE ${role}`);
      const seen = [await rightsAs()];
      for (const rights of [
        `USAGE ON SCHEMA ${schema}; GRANT SELECT ON ALL TABLES IN SCHEMA ${schema}`,
        `INSERT ON ALL TABLES IN SCHEMA ${schema}`,
        `UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schema}`,
        `CREATE ON SCHEMA ${schema}`,
      ]) {
        await client.query(
          rights
            .split('; GRANT ')
            .map((right) => `GRANT ${right} TO ${role}`)
            .join('; '),
        );
        seen.push(await rightsAs());
      }
      await client.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
      assert.deepEqual(seen, ['none', 'reader', 'some', 'app', 'migrator']);
    }));
});
