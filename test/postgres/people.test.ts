/** Persons with a role of their own each: what the server notes of them, and whose tasks a host starts. */

import assert from 'node:assert/strict';
import pg from 'pg';
import { newId } from '../../src/core/ids';
import { grantRole } from '../../src/postgres/roles';
import type { LocalQueue } from '../../src/store/localQueue';
import type { HostFacts } from '../../src/store/rows/hostTable';
import { FakeClock } from '../support/fakeClock';
import { withFolder } from '../support/folders';
import { nextEvent, refused } from '../support/localQueue';
import { openHost, type Place } from '../support/postgres/hosts';
import { newSchema } from '../support/postgres/server';

const command = { tool_name: 'run-command', payload: { argv: ['make'] } };
const runner = { supervised: true } as const;

interface Team {
  ann: LocalQueue;
  ben: LocalQueue;
  /** Runs a statement as ben does in psql, whatever his programs would do. */
  asBen(sql: string, ...values: unknown[]): Promise<Record<string, unknown>[]>;
  place: Place;
  clock: FakeClock;
  /** What ann's host says of itself. */
  annHost: HostFacts;
}

/** The same server for another role. */
function urlFor(url: string, role: string): string {
  return url.replace(/user=[^&]*/, `user=${role}`);
}

/** Two persons with rights to use the queue, whose tables somebody else owns. Each accepts those named. */
function withTeam(use: (team: Team) => Promise<void>, accept: { ann?: boolean } = {}): Promise<void> {
  return withFolder(async (folder) => {
    const [place, clock] = [newSchema(), new FakeClock()];
    const opened: { close(): Promise<void> }[] = [];
    const hosts: HostFacts[] = [];
    const open = async (name: string, url: string, accepted: string[] = []) => {
      const facts: HostFacts = { id: newId('host'), name: `${name}-laptop`, labels: [], accept: accepted };
      hosts.push(facts);
      const options = { clock, host: () => facts };
      const queue = await openHost(`${folder}/${name}`, { ...place, url }, options);
      opened.push(queue);
      return queue;
    };
    const owner = new pg.Client({ connectionString: place.url });
    try {
      await (await openHost(`${folder}/owner`, place, { clock })).close();
      await owner.connect();
      const [annRole, benRole] = [`ann_${place.schema}`, `ben_${place.schema}`];
      for (const role of [annRole, benRole]) await grantRole(owner, place.schema, role, 'app');
      const ann = await open('ann', urlFor(place.url, annRole), accept.ann ? [benRole] : []);
      const ben = await open('ben', urlFor(place.url, benRole));
      await ann.createSession({ name: 'work' });
      await ann.createStream({ session: 'work', name: 'lane', runs_on: 'any' });
      const client = new pg.Client({ connectionString: urlFor(place.url, benRole) });
      await client.connect();
      opened.push({ close: () => client.end() });
      await client.query(`SET search_path TO ${place.schema}`);
      const asBen: Team['asBen'] = async (sql, ...values) => (await client.query(sql, values)).rows;
      const [annHost] = hosts as [HostFacts];
      await use({ ann, ben, asBen, place, clock, annHost });
    } finally {
      await Promise.all(opened.map((one) => one.close()));
      await owner.query(`DROP OWNED BY ann_${place.schema}, ben_${place.schema}`);
      await owner.query(`DROP ROLE ann_${place.schema}, ben_${place.schema}`);
      await owner.end();
    }
  });
}

const nameOf = ({ place: { schema } }: Team, person: 'ann' | 'ben') => `${person}_${schema}`;

describe('persons who share a queue on a server', () => {
  it('are noted with what they queue, and their tasks start where they are accepted', () =>
    withTeam(async (team) => {
      const { ann, ben } = team;
      const { task: own } = await ann.enqueue({ stream: 'lane', ...command });
      assert.equal((await ann.getTask(own.id)).created_by, nameOf(team, 'ann'));
      assert.equal((await ben.getTask(own.id)).created_by, nameOf(team, 'ann'));
      assert.equal((await ann.listHosts())[0]?.person, nameOf(team, 'ann'));
      assert.equal((await ben.status()).person, nameOf(team, 'ben'));

      assert.equal(await ben.claimNext('lane', runner), null);
      await refused(ben.claimTask(own.id, runner), 'not_ready', /does not accept tasks of ann_/);
      const { waiting_reason: reason } = await ben.getTask(own.id);
      assert.deepEqual(reason, { code: 'person', values: { person: nameOf(team, 'ann') } });
      assert.equal((await ann.claimNext('lane', runner))?.task.id, own.id);

      // Whoever works on it elsewhere decides for themselves.
      const { task: other } = await ann.enqueue({ stream: 'lane', ...command });
      assert.equal((await ben.claimNext('lane'))?.task.id, other.id);
    }));

  it('start the tasks of those whom machine.yml accepts', () =>
    withTeam(
      async ({ ann, ben }) => {
        const { task } = await ben.enqueue({ stream: 'lane', ...command });
        assert.equal((await ann.claimNext('lane', runner))?.task.id, task.id);
      },
      { ann: true },
    ));

  it('make theirs what they change of another', () =>
    withTeam(async (team) => {
      const { ann, ben } = team;
      const { task } = await ann.enqueue({ stream: 'lane', ...command });
      await ben.editTask(task.id, { label: 'new' });
      assert.equal((await ann.getTask(task.id)).created_by, nameOf(team, 'ann'));
      await ben.editTask(task.id, { payload: { argv: ['make', 'all'] } });
      assert.equal((await ann.getTask(task.id)).created_by, nameOf(team, 'ben'));
      assert.equal(await ann.claimNext('lane', runner), null);
    }));

  it('keep what they made where another queues it again, without a note', () =>
    withTeam(async (team) => {
      const { ann, ben } = team;
      const ids: string[] = [];
      for (const note of [undefined, 'Use the other branch']) {
        const { task } = await ann.enqueue({ stream: 'lane', ...command });
        const claim = await ann.claimTask(task.id);
        await ann.fail(task.id, { lease: claim.lease, error_message: 'no' });
        ids.push((await ben.requeue(task.id, { note })).id);
      }
      const creators = await Promise.all(ids.map(async (id) => (await ann.getTask(id)).created_by));
      assert.deepEqual(creators, [nameOf(team, 'ann'), nameOf(team, 'ben')]);
    }));

  it('decide with the instructions of a stream', () =>
    withTeam(async (team) => {
      const { ann, ben } = team;
      await ann.enqueue({ stream: 'lane', ...command });
      await ben.updateStream('lane', { parallelism: 2 });
      await ben.updateStream('lane', { instructions: 'Push to main' });
      assert.equal(await ann.claimNext('lane', runner), null);
      await ann.updateStream('lane', { instructions: null });
      assert.ok(await ann.claimNext('lane', runner));
    }));

  it('cannot write in the name of another, whatever program they use', () =>
    withTeam(async (team) => {
      const { ann, asBen } = team;
      const ben = nameOf(team, 'ben');
      const { task } = await ann.enqueue({ stream: 'lane', ...command });
      const said = async () =>
        (await asBen('SELECT created_by, approved_by, payload FROM tasks WHERE id = $1', task.id))[0];
      const before = await said();
      await asBen("UPDATE tasks SET created_by = $2, approved_by = 'boss' WHERE id = $1", task.id, ben);
      assert.deepEqual(await said(), before);
      await asBen(
        `UPDATE tasks SET payload = '{"argv":["evil"]}', created_by = created_by WHERE id = $1`,
        task.id,
      );
      assert.equal((await said())?.created_by, ben);

      const copied = async (change: string) => {
        const columns = `stream_id, position, task_class, timeout, created_at, updated_at, max_attempts, tool_name`;
        const rows = await asBen(
          `INSERT INTO tasks (id, ${columns}, payload, created_by, retry_of, idempotency_key)
           SELECT 'tsk_' || md5(random()::text), ${columns}, ${change} FROM tasks WHERE id = $1
           RETURNING created_by`,
          task.id,
        );
        return rows[0]?.created_by;
      };
      const annTask = `'${nameOf(team, 'ann')}'`;
      assert.equal(await copied(`'{"argv":["evil"]}', ${annTask}, id, NULL`), ben);
      assert.equal(await copied(`'{"argv":["evil"]}', ${annTask}, NULL, NULL`), ben);
      // A table of their own in place of the queue's does not help.
      await asBen(
        'CREATE TEMP TABLE schedules (id text, created_by text, stream_id text, tool_name text, payload text)',
      );
      await asBen(
        `INSERT INTO pg_temp.schedules SELECT 'sch', ${annTask}, stream_id, tool_name, '{"argv":["evil"]}' FROM tasks WHERE id = $1`,
        task.id,
      );
      assert.equal(await copied(`'{"argv":["evil"]}', ${annTask}, NULL, 'sch now'`), ben);
    }));

  it('cannot take the guard away, nor change the tables', () =>
    withTeam(async ({ asBen }) => {
      for (const sql of [
        'ALTER TABLE tasks DISABLE TRIGGER author_of_task',
        'DROP TRIGGER author_of_new_task ON tasks',
        'ALTER FUNCTION note_author_of_task() RESET ALL',
        'CREATE TABLE more (id int)',
        'UPDATE queue_schema SET min_program = 0',
        'SET session_replication_role = replica',
      ]) {
        await assert.rejects(asBen(sql), { code: '42501' }, sql);
      }
    }));

  it('note who has approved, and forget that when somebody else changes it', () =>
    withTeam(async (team) => {
      const { ann, asBen } = team;
      const agent = { kind: 'agent', via: 'claude' } as const;
      const { task } = await ann.enqueue({ stream: 'lane', ...command, origin: agent });
      await asBen("UPDATE tasks SET approval = 'given', approved = '{}' WHERE id = $1", task.id);
      const [row] = await asBen('SELECT approved_by, created_by FROM tasks WHERE id = $1', task.id);
      assert.deepEqual(row, { approved_by: nameOf(team, 'ben'), created_by: nameOf(team, 'ann') });
      await refused(ann.claimTask(task.id, runner), 'not_ready', /does not accept tasks of ben_/);
    }));

  it('have what waits for them started once they are accepted', () =>
    withTeam(async (team) => {
      const { ann, ben, clock, annHost } = team;
      const heard = nextEvent(ann, 'task.created');
      const { task } = await ben.enqueue({ stream: 'lane', ...command });
      await heard;
      const claiming = ann.claimNext('lane', { ...runner, wait: 60 });
      // By then the first claim waits.
      assert.equal(await ann.claimNext('lane', runner), null);
      Object.assign(annHost, { accept: [nameOf(team, 'ben')] });
      clock.advance(10_000);
      assert.equal((await claiming)?.task.id, task.id);
    }));

  it('may look only, with the rights of a reader', () =>
    withTeam(async ({ place }) => {
      const owner = new pg.Client({ connectionString: place.url });
      await owner.connect();
      const role = `eve_${place.schema}`;
      try {
        assert.equal((await grantRole(owner, place.schema, role, 'reader')).created, true);
        assert.equal((await grantRole(owner, place.schema, role, 'reader')).created, false);
        await refused(grantRole(owner, place.schema, 'Eve; DROP', 'app'), 'invalid_field');
        const client = new pg.Client({ connectionString: urlFor(place.url, role) });
        await client.connect();
        try {
          await client.query(`SELECT count(*) FROM ${place.schema}.tasks`);
          const change = client.query(`DELETE FROM ${place.schema}.tasks`);
          await assert.rejects(change, { code: '42501' });
        } finally {
          await client.end();
        }
      } finally {
        await owner.query(`DROP OWNED BY ${role}`);
        await owner.query(`DROP ROLE ${role}`);
        await owner.end();
      }
    }));
});
