/** Which server a program opens a workspace's queue on, and that somebody has agreed to it. */

import assert from 'node:assert/strict';
import path from 'node:path';
import { CommandLine } from '../support/commandLine';
import { useFolder } from '../support/folders';
import { openHost } from '../support/postgres/hosts';
import { newSchema } from '../support/postgres/server';

describe('A command in a workspace whose queue is on a server', () => {
  const folder = useFolder('first', 'second');
  const workspace = (name: string) =>
    new CommandLine(path.join(folder(), name), path.join(folder(), `${name} home`));

  it('uses the one of SPARKQ_DATABASE_URL, or that of sparkq.yml once a person has agreed, and no files in its place', async () => {
    const { url, schema } = newSchema();
    const first = workspace('first');
    first.env.SPARKQ_DATABASE_URL = `${url}&schema=${schema}`;
    await first.run(['setup', '--yes']);
    const added = await first.run(['add', '--', 'echo', 'hi']);
    assert.match(added.stdout, /added to stream 'main'/, added.stderr);

    const second = workspace('second');
    second.write('sparkq.yml', `database: {url: "${url}", schema: ${schema}}\n`);
    const refused = await second.run(['setup', '--yes']);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /nobody here has agreed to that/);
    const status = await second.run(['status']);
    assert.equal(status.code, 1, status.stdout);
    assert.match(status.stderr, /nobody here has agreed to that.*\n.*sparkq trust/);
    const { stdout: digest } = await second.run(['trust', '--digest']);
    const agreed = await second.run(['setup', '--yes'], { env: { SPARKQ_TRUST: digest.trim() } });
    assert.equal(agreed.code, 0, agreed.stderr);
    assert.match((await second.run(['tasks'])).stdout, /echo hi/);

    assert.match((await second.run(['status'])).stdout, /not running/);

    const stranger = { SPARKQ_DATABASE_URL: `${url.replace(/user=\w+/, 'user=nobody')}&schema=${schema}` };
    const unknown = await second.run(['status'], { env: stranger });
    assert.equal(unknown.code, 3, unknown.stdout);
    assert.match(unknown.stderr, /"nobody" does not exist.*\n.*Check the user and the password/);

    second.write('sparkq.yml', `database: {url: "${url}", schema: ${schema}x}\n`);
    assert.equal((await second.run(['tasks'])).code, 1);
    second.write('sparkq.yml', '');
    const inFiles = await second.run(['tasks']);
    assert.match(inFiles.stdout, /No tasks found/);
    assert.match(inFiles.stderr, /was on postgresql:.* the last time/);
  });

  it('finds the server that takes changes among several', async () => {
    const { url, schema } = newSchema();
    const { searchParams: given } = new URL(url);
    const hosts = [`${given.get('host')}:${given.get('port') ?? 5432}`];
    const place = { url: `postgresql://${given.get('user')}@localhost:1/postgres`, hosts, schema };
    const queue = await openHost(path.join(folder(), 'first'), place);
    try {
      assert.equal((await queue.createSession({ name: 'work' })).name, 'work');
    } finally {
      await queue.close();
    }
  });

  it('says which server that is, without the password', async () => {
    const { url, schema } = newSchema();
    const queue = await openHost(path.join(folder(), 'first'), { url: `${url}&password=secret`, schema });
    try {
      const { database } = await queue.status();
      assert.equal(database?.schema, schema);
      assert.match(database.url, /^postgresql:/);
      assert.doesNotMatch(database.url, /secret/);
    } finally {
      await queue.close();
    }
  });
});
