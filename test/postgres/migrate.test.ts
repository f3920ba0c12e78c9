/** `sparkq migrate` on a terminal. */

import assert from 'node:assert/strict';
import type { ServerReport } from '../../src/cli/commands/doctor/server';
import { Sandbox } from '../process/cli/sandbox';
import { newSchema } from '../support/postgres/server';

describe('sparkq migrate', () => {
  let box: Sandbox;
  beforeEach(async () => {
    box = new Sandbox();
    await box.makeQueue();
  });
  afterEach(() => box.remove());

  it('moves the queue to a server and back, and says where it is', async () => {
    const { url, schema } = newSchema();
    const withPassword = `${url}&password=secret`;
    await box.ok('add', 'true');
    const there = await box.ok('migrate', '--to', withPassword, '--schema', schema);
    assert.match(
      there,
      /is on postgresql:\S+ now \(schema \w+\): 1 task in 2 streams\nIts files .* are kept/,
    );
    const { code, stderr } = await box.run(['tasks']);
    assert.equal(code, 3);
    assert.match(stderr, /was moved to postgresql:.*sparkq migrate --from/s);
    const env = { SPARKQ_DATABASE_URL: `${url}&schema=${schema}` };
    assert.match((await box.run(['tasks'], { env })).stdout, /queued/);
    const back = await box.json<{ rows: Record<string, number>; url: string }>(
      ...['migrate', '--from', withPassword, '--schema', schema],
    );
    assert.equal(back.rows.tasks, 1);
    assert.doesNotMatch(there + stderr + back.url, /secret/);
    const again = await box.run(['tasks']);
    assert.match(again.stdout, /queued/);
    assert.equal(again.stderr, '');
  });

  it('has sparkq.yml say where the queue is, if that is wanted', async () => {
    const { url, schema } = newSchema();
    const before = box.read('sparkq.yml');
    await box.ok('migrate', '--to', `${url}&password=secret`, '--schema', schema, '--save');
    const text = box.read('sparkq.yml');
    assert.ok(text.startsWith(before) && text.endsWith(`\n  schema: ${schema}\n`), text);
    assert.doesNotMatch(text, /secret/);
    // No terminal: nobody has agreed to what the file says.
    assert.match((await box.run(['tasks'])).stderr, /nobody here has agreed/);
    await box.ok('migrate', '--from', url, '--schema', schema, '--save');
    assert.equal(box.read('sparkq.yml').trim(), before.trim());
  });

  it('is for persons, and for one direction', async () => {
    const { url } = newSchema();
    const agent = await box.run(['migrate', '--to', url], { env: { SPARKQ_ORIGIN: 'agent' } });
    assert.match(agent.stderr, /A run may not move the queue/);
    assert.match((await box.run(['migrate'])).stderr, /either --to a server or --from one/);
  });
});

describe('sparkq doctor for a queue on a server', () => {
  let box: Sandbox;
  beforeEach(async () => {
    box = new Sandbox();
    await box.makeQueue();
  });
  afterEach(() => box.remove());

  interface Found {
    server: ServerReport;
    queue: { counts: { queued: number } };
    problems: string[];
    notices: string[];
  }

  it('says what is known of it', async () => {
    const { url, schema } = newSchema();
    Object.assign(box.env, { SPARKQ_DATABASE_URL: `${url}&password=secret&schema=${schema}` });
    await box.ok('migrate', '--to');
    const { server, problems, notices, queue } = await box.json<Found>('doctor');
    assert.deepEqual(problems, []);
    assert.equal(server.schema, schema);
    assert.deepEqual([server.named_by, server.password_from], ['SPARKQ_DATABASE_URL', 'the URL']);
    assert.equal(server.health?.rights, 'migrator');
    assert.equal(queue.counts.queued, 0);
    assert.match(notices.join('\n'), /The role sparkq is a superuser/);
    assert.deepEqual(
      server.sharing?.hosts.map(({ here, person }) => [here, person]),
      [[true, 'sparkq']],
    );
    const text = await box.ok('doctor');
    assert.match(
      text,
      /^Server: +postgresql:.*\nPassword: +the URL\nConnection: +PostgreSQL \d+.*not encrypted/m,
    );
    assert.match(
      text,
      /^Host: +\S+: this one, sparkq, .*\nStarts: +tasks of sparkq\nRuns here: +lane \(\S+\)\n/m,
    );
    assert.doesNotMatch(text + JSON.stringify(server), /secret/);
  });

  it('mentions tasks that are in files besides', async () => {
    const { url, schema } = newSchema();
    await box.ok('add', 'true');
    Object.assign(box.env, { SPARKQ_DATABASE_URL: `${url}&schema=${schema}` });
    const { notices } = await box.json<Found>('doctor');
    assert.match(notices.join('\n'), /The files in \S+ have a task besides: sparkq migrate --to/);
  });

  it('says what fails where it cannot be reached, and the rest', async () => {
    Object.assign(box.env, { SPARKQ_DATABASE_URL: 'postgresql://ann:secret@127.0.0.1:1/work' });
    const { code, stdout } = await box.run(['doctor', '--json']);
    const { server, problems, storage } = JSON.parse(stdout);
    assert.equal(code, 1);
    assert.equal(server.health, null);
    assert.match(problems[0], /The queue's database on 127.0.0.1:1 cannot be used: .*ECONNREFUSED/);
    assert.ok(storage.startsWith(box.home));
    assert.doesNotMatch(stdout, /secret/);
  });
});
