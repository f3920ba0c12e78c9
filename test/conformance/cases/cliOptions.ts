/** The options, exit codes and JSON of the command line, and how it finds its queue. */

import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { localText } from '../../../src/core/times';
import { newLane, some } from '../door';
import { ownerToken } from '../owner';
import { type CliCase, refused } from './cliCase';

export const cliOptionsCases: readonly CliCase[] = [
  {
    name: 'times on the command line',
    rows: ['decided.times', 'decided.printed-times'],
    async run(cli, owner) {
      const lane = await newLane({ behind: owner.queue });
      const words = (when: string) => ['enqueue', '-s', lane.name, '-t', 'llm-haiku', '--not-before', when];
      const add = (when: string) => cli.json(...words(when)) as Promise<{ id: string; not_before: string }>;
      const odd = ['tomorrow 9', 'Jan 5', '-1', '30', '3pm', '2031-02-30', '2031-W05-6'];
      const [zoned, local, day, ...ended] = await Promise.all([
        add('2031-01-31T10:00:00+01:00'),
        add('2031-01-31T09:00'),
        add('2031-01-31'),
        ...odd.map((when) => cli.run(words(when))),
      ]);
      assert.equal(zoned.not_before, '2031-01-31T09:00:00.000000Z');
      assert.equal(Date.parse(local.not_before), new Date(2031, 0, 31, 9).getTime());
      assert.equal(Date.parse(day.not_before), new Date(2031, 0, 31).getTime());
      ended.forEach((one, at) => {
        refused(one, 1, `Error: Invalid not-before: ${odd[at]}`, /2026-01-31T09:00:00Z.*10m/);
      });
      const { id } = await lane.add();
      await owner.queue.claimTask(id);
      refused(
        await cli.run(['fail', id, '-e', 'x', '--retry-after', 'soon']),
        1,
        'Error: Invalid retry-after: soon',
      );
      const rest = (await cli.json('fail', id, '-e', 'x', '--retry-after', '600')) as { not_before: string };
      assert.equal(Date.parse(rest.not_before), owner.clock.now() + 600_000);
      const shown = await cli.ok('task', zoned.id);
      assert.match(
        shown,
        new RegExp(`^Not before: ${localText(zoned.not_before).replace('+', '\\+')}$`, 'm'),
      );
    },
  },
  {
    name: 'enqueue takes prompts, scripts and payloads',
    rows: ['cli.enqueue-options', 'payload.script', 'payload.prompt', 'decided.kill-after'],
    async run(cli, owner) {
      const lane = await newLane({ behind: owner.queue });
      const add = async (input: string, ...args: string[]) => {
        const { code, stdout, stderr } = await cli.run(['--json', 'enqueue', '-s', lane.name, ...args], {
          input,
        });
        assert.equal(code, 0, stderr);
        return JSON.parse(stdout);
      };
      const [text, piped, script, payload, inside] = await Promise.all([
        add('', '-t', 'llm-haiku', '--prompt', 'Do it', '--label', 'L', '--max-attempts', '3'),
        add('From stdin\n', '-t', 'llm-haiku', '--prompt', '-'),
        add('', '--script', 'scripts/deploy.sh', 'eu', '--', '--fast'),
        add('', '-t', 'run-bash', '--payload', '{"script_path": "scripts/deploy.sh", "env": {"A": "b"}}'),
        add('', '--script', 'scripts/report.py', '--not-before', '2031-01-31T09:00:00Z'),
      ]);
      assert.deepEqual(text.payload, { prompt: 'Do it', metadata: {} });
      assert.deepEqual([text.label, text.max_attempts], ['L', 3]);
      assert.equal(piped.payload.prompt, 'From stdin\n');
      assert.equal(script.tool_name, 'run-bash');
      assert.deepEqual(script.payload, { script_path: 'scripts/deploy.sh', args: ['eu', '--fast'] });
      assert.deepEqual([script.timeout, script.kill_after, script.task_class], [120, 130, 'LLM_HEAVY']);
      assert.deepEqual(payload.payload, { script_path: 'scripts/deploy.sh', env: { A: 'b' } });
      assert.deepEqual([inside.tool_name, inside.not_before], ['run-python', '2031-01-31T09:00:00.000000Z']);
      const [list, missing] = await Promise.all([
        cli.run(['enqueue', '-s', lane.name, '-t', 'run-bash', '--payload', '[1]']),
        cli.run(['enqueue', '-s', lane.name, '--script', '../outside.sh']),
      ]);
      refused(some(list), 1, /^Error: Invalid payload: /);
      refused(some(missing), 1, /^Error: /);
    },
  },
  {
    name: 'payloads on the command line, digit for digit, and their limits',
    rows: ['payload.exact', 'payload.limits', 'decided.search-values', 'decided.text-files'],
    async run(cli, owner) {
      const lane = await newLane({ behind: owner.queue });
      // The first task of the lane has the numbers, whichever it is.
      const prompts = await newLane({ behind: owner.queue });
      const add = (input: string | Buffer, ...args: string[]) =>
        cli.run(['enqueue', '-s', lane.name, '-t', 'llm-haiku', '--json', ...args], { input });
      const numbers = '"id": 1970670598291982290,"v": [1.10,1e400,-0]';
      const shown = /"id": 1970670598291982290,\s+"v": \[\s+1\.10,\s+1e400,\s+-0\s+\]/;
      const file = path.join(owner.workspace, 'prompt.md');
      const prompt = 'Grüße 😀\n';
      await fs.writeFile(file, Buffer.from(`\ufeff${prompt}`, 'utf16le').swap16());
      await fs.writeFile(path.join(owner.workspace, 'latin.md'), Buffer.from(prompt, 'latin1'));
      const [text, piped, extra, encoded, latin, latinInput, deep, large, search] = await Promise.all([
        add('', '--payload', `{${numbers}}`),
        add(`\ufeff{${numbers}}\n`, '--payload', '-'),
        add('', '--prompt', 'p', '-m', `{${numbers}}`),
        cli.run(['enqueue', '-s', prompts.name, '-t', 'llm-haiku', '--json', '-p', 'prompt.md']),
        add('', '-p', 'latin.md'),
        add(Buffer.from(prompt, 'latin1'), '--prompt', '-'),
        add('', '--payload', `{"a":${'['.repeat(300)}${']'.repeat(300)}}`),
        add('x'.repeat(4 * 1024 * 1024), '--prompt', '-'),
        cli.run(['tasks', '--search', 'x'.repeat(60 * 1024)]),
      ]);
      for (const ended of [text, piped, extra]) {
        assert.equal(ended?.code, 0, ended?.stderr);
        assert.match(ended.stdout, shown);
      }
      assert.deepEqual(JSON.parse(some(encoded).stdout).payload, { prompt, metadata: {} });
      refused(some(latin), 1, 'Error: The prompt file latin.md is not UTF-8 text', /Save it as UTF-8/);
      refused(some(latinInput), 1, 'Error: The text on stdin is not UTF-8 text');
      refused(some(deep), 1, 'Error: Invalid payload: nested more than 200 levels deep');
      refused(some(large), 1, 'Error: Payload is larger than 4 MB');
      refused(some(search), 1, /61440 characters; at most 1000/);
      const { id } = JSON.parse(some(text).stdout) as { id: string };
      assert.match(await cli.ok('edit', id, '--prompt', 'n', '--json'), shown);
      assert.equal((await owner.queue.getTask(id)).payload, `{${numbers},"prompt":"n"}`);
      const others = await Promise.all([
        cli.ok('task', id, '--json'),
        cli.ok('tasks', '--stream', lane.name, '--json'),
        cli.ok('peek', '-s', lane.name, '--json'),
      ]);
      for (const answer of others) assert.match(answer, shown);
      assert.match(await cli.ok('claim', '--task', id, '--json'), shown);
    },
  },
  {
    name: 'usage errors exit with 2, and every command has help',
    rows: ['cli.exit-codes', 'cli.commands'],
    async run(cli) {
      const help = await cli.ok();
      const commands =
        'setup run serve stop status reload session stream enqueue peek claim complete fail tasks task batch requeue purge scripts open park unpark watch wait cancel heartbeat move edit delete undelete review pause resume output tools events backup restore doctor completion';
      for (const command of commands.split(' '))
        assert.match(help, new RegExp(`^ {2}${command}\\b`, 'm'), command);
      const usage = [
        ['no-such-command'],
        ['session'],
        ['session', 'create'],
        ['peek'],
        ['enqueue', '--no-such-option'],
        ['tasks', '--limit', 'many'],
        ['fail', 'tsk_000000000000'],
        ['task'],
      ];
      const [groups, ...ended] = await Promise.all([
        cli.ok('enqueue', '--help'),
        ...usage.map((args) => cli.run(args)),
      ]);
      ended.forEach(({ code, stdout }, at) => {
        assert.equal(code, 2, usage[at]?.join(' '));
        assert.equal(stdout, '');
      });
      for (const option of [
        '--prompt',
        '--script',
        '--payload',
        '--label',
        '--not-before',
        '--after',
        '--max-attempts',
        '--key',
      ]) {
        assert.match(groups, new RegExp(`${option}\\b`));
      }
    },
  },
  {
    name: 'every command prints one JSON value with --json',
    rows: ['cli.json'],
    async run(cli, owner) {
      const lane = await newLane({ behind: owner.queue });
      const { id } = await lane.add();
      const done = await newLane({ behind: owner.queue });
      const backup = path.join(owner.root, 'backup.db');
      const commands = [
        ['status'],
        ['reload'],
        ['claim'],
        ['scripts', 'list'],
        ['scripts', 'search', 'x'],
        ['tools', 'list'],
        ['purge', '--dry-run'],
        ['output', id],
        ['doctor'],
        ['completion', 'bash'],
        ['open', 'docs'],
        ['backup', backup],
        ['wait', '--stream', done.name],
        ['pause', lane.name],
      ];
      const answers = await Promise.all(commands.map((args) => cli.run([...args, '--json'])));
      for (const [at, ended] of answers.entries()) {
        const [command] = commands[at] ?? [];
        assert.equal(ended.code, 0, `${command}: ${ended.stderr}`);
        assert.equal(ended.stderr, '', command);
        assert.doesNotThrow(() => JSON.parse(ended.stdout), `${command}: ${ended.stdout}`);
      }
      assert.ok((await fs.stat(backup)).size > 0);
    },
  },
  {
    name: 'every list is an array with --json, empty or not',
    rows: ['cli.lists', 'cli.json'],
    async run(cli, owner) {
      const lane = await newLane({ behind: owner.queue });
      const lists = [
        ['session', 'list'],
        ['session', 'list', '--status', 'ended'],
        ['stream', 'list'],
        ['stream', 'list', '--session', lane.session.id],
        ['tasks'],
        ['tasks', '--stream', lane.name],
        ['tasks', '--deleted'],
        ['tools', 'list'],
        ['list', 'tools'],
        ['scripts', 'list'],
        ['scripts', 'search', 'no such script'],
        ['claim'],
      ];
      const answers = await Promise.all(lists.map((args) => cli.json(...args)));
      answers.forEach((answer, at) => {
        assert.ok(Array.isArray(answer), lists[at]?.join(' '));
      });
    },
  },
  {
    name: 'open refuses a page that there is not, and output an attempt that there is not',
    rows: ['cli.open', 'GET /api/tasks/{id}/output'],
    async run(cli, owner) {
      const lane = await newLane({ behind: owner.queue });
      const { id } = await lane.add();
      const [page, attempt] = await Promise.all([
        cli.run(['open', 'nowhere']),
        cli.run(['output', id, '--attempt', '3']),
      ]);
      refused(some(page), 1, 'Error: Invalid page: nowhere', 'Valid options: dashboard, docs');
      refused(some(attempt), 1, `Error: Attempt not found: 3 of task ${id}`, /sparkq task/);
    },
  },
  {
    name: 'the queue is found from a subfolder, by folder, by storage and by address',
    rows: ['cli.where', 'cli.exit-codes'],
    async run(cli, owner) {
      const lane = await newLane({ behind: owner.queue });
      const away = { cwd: owner.root };
      const list = ['stream', 'list', '--json'];
      const url = { SPARKQ_URL: owner.url, SPARKQ_TOKEN: ownerToken };
      const elsewhere = { SPARKQ_HOME: path.join(owner.root, 'other-home') };
      const found = await Promise.all([
        cli.run(list, { cwd: path.join(owner.workspace, 'scripts') }),
        cli.run(['--workspace', owner.workspace, ...list], away),
        cli.run(list, { ...away, env: { SPARKQ_WORKSPACE: owner.workspace } }),
        cli.run(list, { ...away, env: { SPARKQ_STORAGE: path.join(owner.root, 'storage') } }),
        cli.run(list, { ...away, env: { ...elsewhere, ...url } }),
      ]);
      for (const { code, stdout, stderr } of found) {
        assert.equal(code, 0, stderr);
        assert.ok(JSON.parse(stdout).some((stream: { id: string }) => stream.id === lane.stream.id));
      }
      const [none, unreachable, stranger] = await Promise.all([
        cli.run(list, away),
        cli.run(list, { ...away, env: { SPARKQ_URL: 'http://127.0.0.1:1', SPARKQ_TOKEN: 'x' } }),
        cli.run(list, { ...away, env: { ...url, SPARKQ_TOKEN: 'wrong' } }),
      ]);
      refused(some(none), 3, `Error: No queue in ${owner.root}`, /sparkq setup/);
      refused(some(unreachable), 3, /cannot be reached/);
      refused(some(stranger), 1);
    },
  },
  {
    name: 'status, reload and wait reach the running owner',
    rows: ['cli.status', 'decided.reload', 'cli.wait', 'cli.stop'],
    async run(cli, owner) {
      const lane = await newLane({ behind: owner.queue });
      const [good, bad] = [await lane.add(), await lane.add()];
      assert.equal(await cli.ok('status'), `SparkQ server: running (PID ${process.pid}, ${owner.url})\n`);
      assert.equal(await cli.ok('reload'), 'Tool registry reloaded\n');
      const waiting = cli.run(['wait', '--stream', lane.name]);
      for (const { id } of [good, bad]) await owner.queue.claimTask(id);
      await owner.queue.complete(good.id, { result_summary: 'x' });
      await owner.queue.fail(bad.id, { error_message: 'x' });
      assert.equal((await cli.run(['wait', good.id])).code, 0);
      assert.equal((await cli.run(['wait', bad.id])).code, 1);
      // Begun before or after the end of the tasks: it has looked at what was open then.
      assert.ok([0, 1].includes(some((await waiting).code)));
      assert.match(await cli.ok('purge', '--older-than', '3d', '--dry-run'), /^Would purge \d+ tasks?\n/);
      refused(await cli.run(['purge', '--older-than', 'never']), 1, /^Error: Invalid older-than: never$/);
    },
  },
];
