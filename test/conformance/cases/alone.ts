/** The command line where nothing else runs: setting up, working alone, serving, watching. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { defaultStorage } from '../../../src/client/registry';
import { systemClock } from '../../../src/core/clock';
import type { Task } from '../../../src/core/model';
import type { Started } from '../../support/commandLine';
import { gitIn } from '../../support/git';
import { openLocalQueue } from '../../support/localQueue';
import { newName, some } from '../door';
import { HttpClient } from '../httpClient';
import type { Box } from '../program';
import type { RowId } from '../rows';

export interface AloneCase {
  name: string;
  rows: readonly RowId[];
  /** The folder has no queue yet where `empty`; else one with the session `work` and the stream `lane`. */
  empty?: boolean;
  run(box: Box): Promise<void>;
}

const address = /^SparkQ server: (http:\/\/127\.0\.0\.1:(\d+))\n/;

async function serve(box: Box, args = ['serve'], env?: Record<string, string>): Promise<[Started, string]> {
  const server = box.start(args, { env });
  const [, url = ''] = await server.says(address);
  return [server, url];
}

/** The exit code of a command on Ctrl+C while it waits for an owner that does not answer. */
async function interrupted(box: Box, args: readonly string[]): Promise<number | null> {
  const owner = http.createServer().listen(0, '127.0.0.1');
  await once(owner, 'listening');
  const { port } = owner.address() as AddressInfo;
  const command = box.start(args, {
    env: { SPARKQ_URL: `http://127.0.0.1:${port}`, SPARKQ_TOKEN: 'token' },
  });
  await Promise.race([once(owner, 'request'), command.exited]);
  const { code } = await command.stop('SIGINT');
  owner.closeAllConnections();
  owner.close();
  return code;
}

/** Claims a task of one second a minute ago, in a stream of its own; gives its id. Nothing has looked at it since. */
async function claimedLongAgo(box: Box): Promise<string> {
  const ago = 60_000;
  const queue = await openLocalQueue(defaultStorage(box.home, box.folder), {
    programs: path.resolve('dist'),
    workspace: box.folder,
    // Both clocks are behind: that of a machine a minute ago, which nobody has set since.
    clock: {
      ...systemClock,
      now: () => systemClock.now() - ago,
      monotonic: () => systemClock.monotonic() - ago,
    },
  });
  const { id: stream } = await queue.createStream({ session: 'work', name: newName('lane') });
  const { task } = await queue.enqueue({ stream, tool_name: 'llm-haiku', timeout: 1 });
  await queue.claimTask(task.id);
  await queue.close();
  return task.id;
}

async function jsonOf<T>(box: Box, ...args: string[]): Promise<T> {
  return (await box.json(...args)) as T;
}

/** The user folder's word on who serves. */
function discovery(box: Box): { file: string; url: string; token: string; pid: number } {
  const folder = path.join(box.home, 'owners');
  const [name] = fs.existsSync(folder) ? fs.readdirSync(folder).filter((file) => file.endsWith('.json')) : [];
  const file = path.join(folder, some(name));
  return { file, ...JSON.parse(fs.readFileSync(file, 'utf8')) };
}

export const aloneCases: readonly AloneCase[] = [
  {
    name: 'without a queue, setup creates one and every other command says so',
    rows: [
      'cli.no-queue',
      'cli.exit-codes',
      'cli.setup',
      'decided.config-keys',
      'decided.bare-claim',
      'cli.alone',
    ],
    empty: true,
    async run(box) {
      const commands = [
        ['tasks'],
        ['status'],
        ['serve'],
        ['peek', '-s', 'x'],
        ['watch', 'x'],
        ['stop'],
        ['scripts', 'list'],
      ];
      for (const { code, stdout, stderr } of await Promise.all(commands.map((args) => box.run(args)))) {
        assert.equal(code, 3, stderr);
        assert.equal(stdout, '');
        assert.match(stderr, /^Error: No queue in .*\nSuggestion: .*sparkq setup/);
      }
      const made = await box.run(['setup'], { input: '\n'.repeat(12) });
      assert.equal(made.code, 0, made.stderr);
      const text = box.read('sparkq.yml');
      assert.match(text, /^ {2}name: my-project$/m);
      assert.doesNotMatch(text, /^database:|^ {2}port:|repo_path/m);
      for (const seconds of [30, 300, 900]) assert.match(text, new RegExp(`timeout: ${seconds}$`, 'm'));
      assert.equal(await box.ok('status'), 'SparkQ server: not running\n');
      const bare = await box.run(['claim']);
      assert.deepEqual(
        [bare.code, bare.stderr],
        [1, 'Error: Stream is required\nSuggestion: Try: sparkq stream list\n'],
      );
      assert.equal(await box.ok('session', 'list'), 'No sessions found.\n');
      assert.equal(await box.ok('stream', 'list'), 'No streams found.\n');
      assert.equal(await box.ok('scripts', 'list'), 'No scripts found.\n');
      const stop = await box.run(['stop']);
      assert.deepEqual(
        [stop.code, stop.stderr.split('\n')[0]],
        [1, 'Error: Stop not allowed in stopped state'],
      );
      box.write('sparkq.yml', `${text}\ndatabase:\n  path: x.db\n  mode: wal\n`);
      const reload = await box.run(['reload']);
      assert.match(`${reload.stdout}${reload.stderr}`, /database/);
      await box.ok('setup', '--yes');
    },
  },
  {
    name: 'a task runs from enqueue to review with nothing else running',
    rows: ['cli.alone', 'life.claim', 'cli.backup', 'decided.auto-fail'],
    async run(box) {
      const late = await claimedLongAgo(box);
      // Nobody reported until the time was up twice: whoever looks then finds it failed.
      const task = await jsonOf<Task>(box, 'task', late);
      assert.deepEqual(
        [task.status, task.error, task.failure_kind],
        ['failed', 'TIMEOUT: Task timeout (auto-failed)', 'timeout'],
      );
      const id = await box.task('--prompt', 'Do it');
      assert.match(await box.ok('peek', '-s', 'lane'), new RegExp(`^Task ${id}: `));
      assert.match(await box.ok('claim', '-s', 'lane'), new RegExp(`^Task ${id}: `));
      const file = path.join(box.root, 'copy.db');
      await box.ok('backup', file);
      await box.ok('delete', late);
      await box.ok('restore', file);
      const kept = await jsonOf<Task[]>(box, 'tasks');
      assert.deepEqual(kept.map((one) => one.id).sort(), [id, late].sort());
    },
  },
  {
    name: 'serve prints its address, then writes it to a file, and ends on request',
    rows: [
      'cli.serve',
      'cli.stop',
      'cli.status',
      'cli.run',
      'cli.signals',
      'decided.loopback',
      'decided.port-taken',
    ],
    async run(box) {
      const token = 'a-token-of-my-own';
      const [server, url] = await serve(box, ['serve'], { SPARKQ_TOKEN: token });
      const found = discovery(box);
      assert.deepEqual([found.url, found.token, found.pid], [url, token, server.child.pid]);
      if (process.platform !== 'win32') assert.equal(fs.statSync(found.file).mode & 0o077, 0);
      const client = new HttpClient(Number(new URL(url).port), token);
      assert.equal((await client.get('/api/streams/lane')).json.stream.name, 'lane');
      assert.equal(await box.ok('status'), `SparkQ server: running (PID ${server.child.pid}, ${url})\n`);
      const [second, host] = await Promise.all([box.run(['run']), box.run(['serve', '--host', '::1'])]);
      assert.deepEqual(
        [second.code, second.stderr],
        [
          1,
          `Error: SparkQ server already running (PID ${server.child.pid})\nSuggestion: Stop it first with: sparkq stop\n`,
        ],
      );
      assert.deepEqual([host.code, host.stderr.split('\n')[0]], [1, 'Error: Invalid host: ::1']);
      assert.equal(await box.ok('stop'), 'SparkQ server stopped\n');
      assert.equal((await server.exited).code, 0);
      assert.ok(!fs.existsSync(found.file));

      const other = http.createServer().listen(0, '127.0.0.1');
      await once(other, 'listening');
      const { port } = other.address() as AddressInfo;
      const taken = await box.run(['run', '--port', String(port)]);
      assert.deepEqual([taken.code, taken.stdout], [1, '']);
      assert.match(taken.stderr, new RegExp(`^Error: .*${port}`, 'm'));
      other.close();
      await once(other, 'close');
      box.write('sparkq.yml', `server:\n  port: ${port}\n`);
      const [again] = await serve(box, ['run']);
      assert.equal(again.stdout.split('\n')[0], `SparkQ server: http://127.0.0.1:${port}`);
      assert.equal((await again.stop('SIGTERM')).code, 0);
    },
  },
  {
    name: 'a server ends with 0 on Ctrl+C, other waiting commands with 130',
    rows: ['cli.signals', 'cli.exit-codes', 'cli.events'],
    async run(box) {
      const [running] = await serve(box, ['run', '--port', '0']);
      assert.equal((await running.stop('SIGINT')).code, 0);
      const id = await box.task();
      const [server] = await serve(box);
      const events = box.start(['events', '--json']);
      const heard = events.says(/^\{.*\}\n\{.*\}\n/);
      // Nobody knows when it has begun to listen, so something happens until it has.
      let listens = false;
      void heard.then(() => {
        listens = true;
      });
      while (!listens) await box.ok('session', 'create', newName('session'));
      const ended = await events.stop('SIGINT');
      assert.equal(ended.code, 130);
      for (const line of ended.stdout.trimEnd().split('\n')) assert.ok(JSON.parse(line).type);
      assert.equal((await server.stop('SIGINT')).code, 0);
      const waiting = [
        ['wait', id],
        ['claim', '-s', 'lane', '--wait', '60'],
        ['output', id, '--follow'],
      ];
      for (const args of waiting) assert.equal(await interrupted(box, args), 130, args.join(' '));
    },
  },
  {
    name: 'a watcher holds the lock of its stream until it is stopped',
    rows: ['watch.lock', 'watch.lock-name', 'watch.second', 'watch.stale', 'watch.signals', 'cli.signals'],
    async run(box) {
      const { storage } = await jsonOf<{ storage: string }>(box, 'setup', '--yes');
      const watchers = path.join(storage, 'watchers');
      const names: [string, string][] = [
        ['Later On/é', '%4Cater%20%4Fn%2F%C3%A9.lock'],
        ['z'.repeat(150), `${'z'.repeat(60)}-`],
      ];
      fs.mkdirSync(watchers, { recursive: true });
      fs.writeFileSync(path.join(watchers, some(names[0])[1]), 'garbage');
      for (const [stream, file] of names) {
        const watcher = box.start(['watch', stream]);
        await watcher.says(/^Watching/);
        const [name = ''] = fs.readdirSync(watchers);
        assert.ok(name.startsWith(file), name);
        assert.ok(file.endsWith('.lock') || /^z{60}-[0-9a-f]{16}\.lock$/.test(name), name);
        const [pid, facts = ''] = fs.readFileSync(path.join(watchers, name), 'utf8').split('\n');
        assert.equal(pid, String(watcher.child.pid));
        const { host, start_time } = JSON.parse(facts);
        assert.equal(typeof host, 'string');
        assert.ok(start_time === null || typeof start_time === 'string');
        const second = await box.run(['watch', stream]);
        assert.equal(second.code, 1);
        assert.match(second.stderr, new RegExp(`already running \\(pid ${pid} since \\d{4}-`));
        assert.equal((await watcher.stop('SIGTERM')).code, 0);
        assert.deepEqual(fs.readdirSync(watchers), []);
        // A dead one's lock is no obstacle, an empty one's neither.
        fs.writeFileSync(path.join(watchers, name), stream === names[0]?.[0] ? '' : `${pid}\n`);
        const heir = box.start(['watch', stream]);
        await heir.says(/^Watching/);
        assert.equal((await heir.stop('SIGINT')).code, 0);
        assert.deepEqual(fs.readdirSync(watchers), []);
      }
    },
  },
  {
    name: "a run and its facts about git know nothing of the caller's token and repository",
    rows: ['decided.run-environment', 'decided.git-dirty'],
    async run(box) {
      gitIn(box.folder, 'init', '-q', '-b', 'main');
      box.write('.gitattributes', '*.bin filter=large\n');
      box.write('large.bin', 'one');
      gitIn(box.folder, 'add', '.gitattributes', 'large.bin');
      gitIn(box.folder, 'commit', '-q', '-m', 'one');
      const commit = gitIn(box.folder, 'rev-parse', 'HEAD');
      gitIn(box.folder, 'config', 'filter.large.clean', 'cat');
      box.write('large.bin', 'two');
      box.write('show.sh', 'echo "$GIT_DIR,$GIT_INDEX_FILE,$SPARKQ_TOKEN,$GIT_SSH_COMMAND"\n');
      const local = { GIT_DIR: '/nowhere', GIT_INDEX_FILE: '/nowhere/index', SPARKQ_TOKEN: 'secret' };
      const env = { ...local, GIT_SSH_COMMAND: 'ssh -v' };
      const queued = await box.run(['enqueue', '-s', 'lane', '--script', 'show.sh', '--json'], { env });
      const task = JSON.parse(queued.stdout) as Task;
      assert.deepEqual(task.git, { commit, branch: 'main', dirty: null });
      assert.equal((await box.run(['watch', 'lane', '--once'], { env })).code, 0);
      assert.equal(await box.ok('output', task.id), ',,,ssh -v\n');
    },
  },
  {
    name: 'a watcher runs the built-in tools with their payloads, and lets the running task finish',
    rows: ['payload.script', 'payload.prompt', 'payload.exact', 'decided.text-files', 'watch.signals'],
    async run(box) {
      box.write('scripts/show.sh', 'echo "$1 in $(basename "$PWD") with $COLOUR"\n');
      box.write('scripts/late.sh', 'echo begun; read -r line < "$1"; echo "$line"\n');
      box.write('scripts/sub/.keep', '');
      box.write('context.md', 'CONTEXT');
      box.write('numbers.sh', 'echo "$1 $2 $ID"; cat\n');
      fs.writeFileSync(path.join(box.folder, 'latin.md'), Buffer.from('Grüße', 'latin1'));
      box.write('sparkq.yml', 'tools:\n  llm-haiku:\n    command: [cat]\n');
      // The first command that meets them says which tools count as confirmed from now on.
      assert.match((await box.run(['tasks'])).stderr, /count as confirmed: tools\.llm-haiku\./);
      const add = async (tool: string, payload: object | string) =>
        (
          await jsonOf<{ id: string }>(
            box,
            'enqueue',
            '-s',
            'lane',
            '-t',
            tool,
            '--payload',
            typeof payload === 'string' ? payload : JSON.stringify(payload),
          )
        ).id;
      const env = { COLOUR: 'red' };
      const script = await add('run-bash', {
        script_path: 'scripts/show.sh',
        args: ['hi'],
        cwd: 'scripts/sub',
        env,
      });
      const outside = await add('run-bash', { script_path: '../outside.sh' });
      const prompt = await add('llm-haiku', { prompt: 'PROMPT', context_files: ['context.md'] });
      const older = await add('llm-haiku', { prompt_path: 'context.md', metadata: null });
      const numbers =
        '{"script_path": "numbers.sh", "args": [1970670598291982290, 1.10], "env": {"ID": 1e400}}';
      const exact = await add('run-bash', numbers);
      const latin = await add('llm-haiku', { prompt_path: 'latin.md' });
      const pipe = path.join(box.root, 'pipe');
      const { execFileSync } = await import('node:child_process');
      execFileSync('mkfifo', [pipe]);
      const late = await add('run-bash', { script_path: 'scripts/late.sh', args: [pipe] });
      const watcher = box.start(['watch', 'lane']);
      await watcher.says(new RegExp(`Task ${late} started`));
      assert.equal(await box.ok('output', script), 'hi in sub with red\n');
      const refused = await jsonOf<{ status: string; failure_kind: string }>(box, 'task', outside);
      assert.deepEqual([refused.status, refused.failure_kind], ['failed', 'could_not_start']);
      const asked = await box.ok('output', prompt);
      assert.ok(asked.includes('PROMPT') && asked.includes('CONTEXT'), asked);
      assert.match(await box.ok('output', older), /CONTEXT/);
      assert.equal(await box.ok('output', exact), `1970670598291982290 1.10 1e400\n${numbers}`);
      const unread = await jsonOf<{ failure_kind: string; error: string }>(box, 'task', latin);
      assert.equal(unread.failure_kind, 'could_not_start');
      assert.match(unread.error, /The prompt file latin\.md is not UTF-8 text\. Save it as UTF-8/);
      await box.task();
      watcher.child.kill('SIGTERM');
      await watcher.says(/Stopping/);
      fs.writeFileSync(pipe, 'the end\n');
      assert.equal((await watcher.exited).code, 0);
      const ended = await jsonOf<{ status: string; result_summary: string }>(box, 'task', late);
      assert.deepEqual([ended.status, ended.result_summary], ['succeeded', 'the end']);
      const [next, ...others] = await jsonOf<{ id: string }[]>(box, 'tasks', '--status', 'queued');
      assert.deepEqual(others, []);
      const cut = await add('run-bash', { script_path: 'scripts/late.sh', args: [pipe] });
      const hasty = box.start(['watch', 'lane', '--now']);
      await hasty.says(new RegExp(`Task ${next?.id} started[^]*Task ${cut} started`));
      assert.equal((await hasty.stop('SIGTERM')).code, 0);
      const gone = await jsonOf<{ status: string; failure_kind: string }>(box, 'task', cut);
      assert.deepEqual([gone.status, gone.failure_kind], ['failed', 'cancelled']);
    },
  },
];
