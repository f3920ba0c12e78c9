import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { refuseSecond } from '../../../../../src/cli/commands/server/serve';
import { openQueue } from '../../../../../src/client/openQueue';
import { fixedConfig } from '../../../../../src/core/config';
import { silentLog } from '../../../../../src/core/log';
import type { Started } from '../../../../support/commandLine';
import { Sandbox, ServedSandbox, token } from '../../sandbox';

/** Calls one route. */
function get(url: string, headers: Record<string, string> = {}): Promise<{ status: number; body: unknown }> {
  return new Promise((resolve, reject) => {
    http
      .get(url, { headers, agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) }));
      })
      .on('error', reject);
  });
}

describe('sparkq serve', () => {
  let box: Sandbox;
  beforeEach(() => {
    box = new Sandbox();
  });
  afterEach(() => box.remove());

  it('prints its address first, answers there, and ends cleanly on SIGTERM', async () => {
    const { server, url } = await box.serve();
    assert.equal((await get(`${url}/health`)).status, 200);
    assert.equal((await get(`${url}/stats`)).status, 401);
    assert.equal((await server.stop()).code, 0);
    assert.equal(await box.ok('status'), 'SparkQ server: not running\n');
  });

  it('ends on stop, which is refused when no server is running', async () => {
    const { server } = await box.serve();
    assert.equal(await box.ok('stop'), 'SparkQ server stopped\n');
    assert.equal((await server.exited).code, 0);
    const { code, stderr } = await box.run(['stop']);
    assert.deepEqual([code, stderr.split('\n')[0]], [1, 'Error: Stop not allowed in stopped state']);
  });

  it('goes on when the owner ends just after it was found, which leaves the queue to it', async () => {
    const storage = await box.makeQueue();
    const server = box.start(['serve']);
    await server.says(/^SparkQ server: /);
    const queue = await openQueue({
      storage,
      home: box.home,
      programs: 'dist',
      version: '0.0.0',
      workspace: null,
      role: 'serve',
      serve: true,
      config: fixedConfig(),
      log: silentLog,
      waitMs: 3_600_000,
    });
    try {
      await assert.rejects(refuseSecond(queue), /server already running/);
      await server.stop('SIGKILL');
      await refuseSecond(queue);
      assert.equal(queue.role(), 'owner');
    } finally {
      await queue.close();
    }
  });

  it('exits with 1 when the port is taken, and accepts only the names of the address it listens on', async () => {
    await box.makeQueue();
    const other = http.createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    try {
      for (const command of ['serve', 'run']) {
        const taken = await box.run([command, '--port', String(port)]);
        assert.equal(taken.code, 1);
        assert.match(taken.stderr, new RegExp(`^Error: .*${port}`, 'm'));
        assert.equal(taken.stdout, '');
      }
    } finally {
      other.close();
    }
    for (const host of ['0.0.0.0', '::1', 'LOCALHOST.example']) {
      const open = await box.run(['serve', '--host', host]);
      assert.deepEqual(
        [open.code, open.stderr],
        [1, `Error: Invalid host: ${host}\nValid options: 127.0.0.1, localhost\n`],
      );
    }
  });

  it('takes the queue over from a watcher, which goes on through it, and gives it back', async () => {
    await box.makeQueue();
    box.write('scripts/patient.sh', 'until [ -e go ]; do sleep 0.05; done\necho gone\n');
    const enqueue = () => box.json<{ id: string }>('enqueue', '-s', 'lane', '--script', 'scripts/patient.sh');
    const { id } = await enqueue();
    const watcher = box.start(['watch', 'lane']);
    await watcher.says(new RegExp(`Task ${id} started`));
    const server = box.start(['serve'], { env: { SPARKQ_TOKEN: token } });
    const [, url = ''] = await server.says(/^SparkQ server: (http:\/\/127\.0\.0\.1:\d+)\n/);
    assert.equal(await box.ok('status'), `SparkQ server: running (PID ${server.child.pid}, ${url})\n`);
    const later = await enqueue();
    box.write('go', '');
    await watcher.says(new RegExp(`Task ${id} succeeded: gone[^]*Task ${later.id} succeeded: gone`));
    const { attempts } = await box.json<{ attempts: number }>('task', id);
    assert.equal(attempts, 1);
    assert.equal(await box.ok('stop'), 'SparkQ server stopped\n');
    assert.equal((await server.exited).code, 0);
    const last = await enqueue();
    await watcher.says(new RegExp(`Task ${last.id} succeeded`));
    assert.equal((await watcher.stop()).code, 0);
  });

  it('works on the streams that want a worker', async () => {
    const { queue } = await box.serve();
    await queue.updateStream('lane', { working: true });
    box.write('scripts/hello.sh', 'echo hello\n');
    const { id } = await box.json<{ id: string }>('enqueue', '-s', 'lane', '--script', 'scripts/hello.sh');
    assert.equal(await box.ok('wait', id), `Task ${id} succeeded: hello\n`);
    await queue.close();
  });

  it('keeps running when nobody reads its log any more', async () => {
    const { server, queue } = await box.serve();
    server.child.stderr.destroy();
    // It logs that it works on the stream.
    await queue.updateStream('lane', { working: true });
    box.write('scripts/hello.sh', 'echo hello\n');
    const { id } = await box.json<{ id: string }>('enqueue', '-s', 'lane', '--script', 'scripts/hello.sh');
    assert.equal(await box.ok('wait', id, '--timeout', '30'), `Task ${id} succeeded: hello\n`);
    await queue.close();
    assert.equal((await server.stop()).code, 0);
  });
});

describe('commands while the queue is served', () => {
  let box: ServedSandbox;
  let server: Started;
  let url: string;
  before(async () => {
    box = await ServedSandbox.begin();
    ({ server, url } = box);
  });
  after(() => box.remove());

  it('reach it from anywhere with SPARKQ_URL and SPARKQ_TOKEN', async () => {
    const lane = await box.lane();
    const stats = await get(`${url}/stats`, { authorization: `Bearer ${token}` });
    assert.equal(stats.status, 200);
    const env = { SPARKQ_URL: url, SPARKQ_TOKEN: token, SPARKQ_HOME: path.join(box.root, 'other') };
    assert.match((await box.run(['stream', 'list'], { env, cwd: box.root })).stdout, new RegExp(lane));
    assert.match(
      (await box.run(['status'], { env, cwd: box.root })).stdout,
      /^SparkQ server: running \(PID \d+, http/,
    );
    assert.equal((await box.run(['stream', 'list'], { env: { ...env, SPARKQ_TOKEN: 'no' } })).code, 1);
  });

  it('show that it is served, by which process and where', async () => {
    assert.equal(await box.ok('status'), `SparkQ server: running (PID ${server.child.pid}, ${url})\n`);
    const unread = box.start(['status']);
    unread.child.stdout.destroy();
    const { code, stderr } = await unread.exited;
    assert.deepEqual([code, stderr], [0, '']);
    const status = await box.json('status');
    assert.deepEqual([status.running, status.pid, status.url], [true, server.child.pid, url]);
  });

  it('need nothing but cli.js for status', async () => {
    const alone = path.join(box.root, 'cli.js');
    fs.copyFileSync('dist/cli.js', alone);
    const env = { ...process.env, SPARKQ_HOME: box.home };
    const { stdout } = await promisify(execFile)(process.execPath, [alone, 'status'], {
      cwd: box.folder,
      env,
    });
    assert.equal(stdout, `SparkQ server: running (PID ${server.child.pid}, ${url})\n`);
  });

  it('refuse to serve it twice', async () => {
    for (const command of ['serve', 'run']) {
      const { code, stderr } = await box.run([command]);
      assert.equal(code, 1);
      assert.equal(
        stderr,
        `Error: SparkQ server already running (PID ${server.child.pid})\nSuggestion: Stop it first with: sparkq stop\n`,
      );
    }
  });

  it('make it reread sparkq.yml', async () => {
    const usual = box.read('sparkq.yml');
    // At once: the server watches the file, and would take one that is being written for an empty one.
    const replace = (text: string) =>
      fs.renameSync(box.write('new.yml', text), path.join(box.folder, 'sparkq.yml'));
    replace('tools:\n  mine:\n    task_class: FAST_SCRIPT\n');
    assert.equal(await box.ok('reload'), 'Tool registry reloaded\n');
    assert.match(await box.ok('tools', 'list'), /^mine +FAST_SCRIPT/m);
    replace('database:\n  path: x.db\n');
    assert.match(await box.ok('reload'), /^Tool registry reloaded\nsparkq\.yml:2:3: /);
    replace('tools:\n  mine:\n    timeout: 77\n');
    await box.ok('reload');
    replace('tools:\n  mine:\n    timeout: soon\n  other:\n');
    const warned = await box.ok('reload');
    assert.match(warned, /^Tool registry reloaded\nsparkq\.yml:3:14: tools\.mine\.timeout must be/);
    assert.match(warned, /The last valid value stays in effect\.\n$/);
    assert.match(await box.ok('tools', 'list'), /^mine .*77.*\n(?:.*\n)*other /m);
    replace('tools: [\n');
    const broken = await box.run(['reload']);
    assert.equal(broken.code, 1);
    assert.match(broken.stderr, /^Error: Configuration error: sparkq\.yml:/);
    assert.match(broken.stderr, /\nSuggestion: Check sparkq\.yml\n$/);
    replace(usual);
    await box.ok('reload');
  });

  it('wait for a task to claim', async () => {
    const lane = await box.lane();
    const claim = box.start(['claim', '-s', lane, '--wait', '30', '--json']);
    const id = await box.task(lane);
    const { code, stdout } = await claim.exited;
    assert.equal(code, 0);
    assert.equal((JSON.parse(stdout) as { id: string }).id, id);
  });

  it('wait for tasks to finish, and exit with 1 if one of them failed', async () => {
    const lane = await box.lane();
    const [first, second] = [await box.running(lane), await box.running(lane)];
    const waiting = box.start(['wait', second, first]);
    const one = box.start(['wait', first, '--json']);
    await box.queue.complete(first, { result_summary: 'fine' });
    const { code, stdout } = await one.exited;
    assert.deepEqual([code, (JSON.parse(stdout) as { id: string }).id], [0, first]);
    const refused = await box.run(['wait', '--stream', lane, '--timeout', '0']);
    assert.deepEqual(
      [refused.code, refused.stderr.split('\n')[0]],
      [1, `Error: Task ${second} has not finished within 0 s`],
    );
    await box.queue.fail(second, { error_message: 'broken' });
    const both = await waiting.exited;
    assert.deepEqual(
      [both.code, both.stdout],
      [1, `Task ${second} failed: broken\nTask ${first} succeeded: fine\n`],
    );
    assert.equal(await box.ok('wait', '--stream', lane), 'Nothing to wait for\n');
  });

  it('print events as they happen, and exit with 130 on Ctrl+C', async () => {
    const lane = await box.lane();
    const counted = box.start(['events', '--json', '--count', '1']);
    const endless = box.start(['events']);
    // Nobody says when they have begun to listen, so something happens until they have.
    const heard = Promise.all([counted.exited, endless.says(/task\.created/)]);
    let over = false;
    void heard.finally(() => {
      over = true;
    });
    while (!over) await box.task(lane);
    const [{ code, stdout }] = await heard;
    assert.equal(code, 0);
    assert.match((JSON.parse(stdout) as { type: string }).type, /^task\./);
    assert.equal((await endless.stop('SIGINT')).code, 130);
  });

  it('make a link that admits a browser, to pages that exist', async () => {
    const unknown = await box.run(['open', 'nowhere']);
    assert.deepEqual(
      [unknown.code, unknown.stderr],
      [1, 'Error: Invalid page: nowhere\nValid options: dashboard, docs\n'],
    );
    for (const page of ['docs', 'dashboard']) {
      const link = await box.json<{ url: string }>('open', page);
      assert.ok(link.url.startsWith(`${url}/open?ticket=`));
      const opened = await fetch(link.url);
      assert.match(await opened.text(), new RegExp(`url=/${page}"`));
      const cookie = opened.headers.get('set-cookie')?.split(';')[0] ?? '';
      const shown = await fetch(`${url}/${page}`, { headers: { cookie } });
      assert.equal(shown.status, 200);
      assert.match(await shown.text(), /<title>SparkQ/);
    }
  });

  it('show the owner in doctor', async () => {
    const report = await box.json<{
      owner: { pid: number; role: string };
      served: { url: string };
      command: { argv: [string, ...string[]]; env: NodeJS.ProcessEnv };
      problems: [];
    }>('doctor');
    assert.deepEqual([report.owner.pid, report.owner.role], [server.child.pid, 'serve']);
    assert.equal(report.served.url, url);
    assert.deepEqual(report.problems, []);
    // Starts without a shell, wherever `sparkq` is a batch file.
    const [program, ...args] = report.command.argv;
    const env = { ...process.env, ...report.command.env };
    assert.match(
      execFileSync(program, [...args, '--version'], { env, encoding: 'utf8' }),
      /^\d+\.\d+\.\d+\s*$/,
    );
    assert.match(await box.ok('doctor'), /^Owner: +PID \d+ \(serve\)/m);
  });
});
