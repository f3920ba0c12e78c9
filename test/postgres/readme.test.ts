/** The README for teams, word by word: two user folders are two hosts. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { blocksOf, linesOf, TypingSandbox } from '../process/cli/typing';
import { makeQueue } from '../support/makeQueue';
import { newSchema } from '../support/postgres/server';

describe('The README for a team', () => {
  // It is typed into a shell, on a terminal.
  if (process.platform !== 'linux') return;
  const { url } = newSchema();
  /** The folder of the server's socket. */
  const socket = new URLSearchParams(url.split('?')[1]).get('host') ?? '';
  const [trial = [], first = [], second = []] = blocksOf('README.md', 'With a team', 'sh').map(linesOf);
  let box: TypingSandbox;

  /** Puts the server of these tests in place of another one. */
  const here = (line: string) =>
    line.replace(/(:\/\/(?:[^/@]+@)?)[\w.]+\//, `$1${encodeURIComponent(socket)}/`);

  /** As the superuser that the server has. */
  async function onServer(...statements: string[]): Promise<void> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    for (const statement of statements) await client.query(statement);
    await client.end();
  }

  before(() =>
    onServer(
      'CREATE ROLE postgres SUPERUSER LOGIN',
      'CREATE ROLE ann LOGIN',
      'CREATE DATABASE work OWNER ann',
    ),
  );
  beforeEach(() => {
    box = new TypingSandbox();
    box.write('scripts/test.sh', 'echo tested by "$SPARKQ_HOME"\n');
  });
  afterEach(() => box.remove());
  after(() =>
    onServer(
      'DROP SCHEMA IF EXISTS sparkq CASCADE',
      'DROP DATABASE work WITH (FORCE)',
      'DROP ROLE ann',
      'DROP ROLE postgres',
    ),
  );

  it('is no longer than five commands at a time', () => {
    assert.deepEqual([trial.length, first.length, second.length], [5, 4, 3]);
  });

  it('tries it on one machine, with two hosts', async () => {
    const [docker = '', ...lines] = trial;
    assert.match(docker, /^docker run -d -p 127\.0\.0\.1:5432:5432 -e POSTGRES_PASSWORD=trial postgres$/);
    const [makingOne = ''] =
      /sparkq add \w+/.exec(readFileSync('README.md', 'utf8').split('## With a team')[1] ?? '') ?? [];
    await box.agrees(makingOne);
    const variable = here(lines.shift() ?? '');
    const env = { HOME: box.root };
    for (const line of lines) await box.succeeds(`${variable}\n${line}`, { env });
    const worker = box.typed(`${variable}\nsparkq watch main`, { env });
    await worker.says(/tested by/);
    const hosts = await box.succeeds(`${variable}\nsparkq hosts --json`, { env });
    assert.equal(JSON.parse(hosts).length, 2);
  });

  it('shares a queue of two machines', async () => {
    const origin = path.join(box.root, 'origin.git');
    const clone = path.join(box.root, 'clone');
    const git = (...args: string[]) => execFileSync('git', args, { cwd: box.folder, stdio: 'pipe' });
    git('init', '-q', '--bare', '-b', 'main', origin);
    git('init', '-q', '-b', 'main');
    git('remote', 'add', 'origin', origin);
    await makeQueue(box.folder, box.home, 'main');
    git('add', '.');
    git('-c', 'user.name=Ann', '-c', 'user.email=ann@example.com', 'commit', '-qm', 'First');
    git('push', '-qu', 'origin', 'main');
    git('clone', '-q', origin, clone);
    const env = {
      PGUSER: 'ann',
      ...{ GIT_AUTHOR_NAME: 'Ann', GIT_AUTHOR_EMAIL: 'ann@example.com' },
      ...{ GIT_COMMITTER_NAME: 'Ann', GIT_COMMITTER_EMAIL: 'ann@example.com' },
    };
    for (const line of first) await box.succeeds(here(line), { env, terminal: true });
    const there = { cwd: clone, env: { PGUSER: 'ann', SPARKQ_HOME: path.join(box.root, 'second') } };
    const [pull = '', setup = '', watch = ''] = second;
    await box.succeeds(pull, there);
    assert.equal((await box.agrees(setup, there)).code, 0);
    const worker = box.typed(watch, there);
    await box.succeeds('sparkq enqueue --stream main --script scripts/test.sh', { env });
    await worker.says(new RegExp(`tested by ${there.env.SPARKQ_HOME}`));
  });
});
