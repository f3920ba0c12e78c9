import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { Sandbox, type Started } from './sandbox';

const address = /^SparkQ server: (http:\/\/127\.0\.0\.1:\d+)\n/;

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
  beforeEach(async () => {
    box = new Sandbox();
    await box.withStream();
  });
  afterEach(() => box.remove());

  async function serve(...options: string[]): Promise<[Started, string]> {
    const server = box.start(['serve', ...options]);
    const [, url = ''] = await server.says(address);
    return [server, url];
  }

  it('prints its address first, answers there, and ends cleanly on SIGTERM', async () => {
    const [server, url] = await serve();
    assert.equal((await get(`${url}/health`)).status, 200);
    assert.equal((await get(`${url}/stats`)).status, 401);
    assert.equal((await server.stop()).code, 0);
    assert.equal(await box.ok('status'), 'SparkQ server: not running\n');
  });

  it('takes its token from SPARKQ_TOKEN, by which SPARKQ_URL finds it from anywhere', async () => {
    const server = box.start(['serve'], { env: { SPARKQ_TOKEN: 'secret-word' } });
    const [, url = ''] = await server.says(address);
    const stats = await get(`${url}/stats`, { authorization: 'Bearer secret-word' });
    assert.equal(stats.status, 200);
    const env = { SPARKQ_URL: url, SPARKQ_TOKEN: 'secret-word', SPARKQ_HOME: path.join(box.root, 'other') };
    assert.match((await box.run(['stream', 'list'], { env, cwd: box.root })).stdout, /lane/);
    assert.match(
      (await box.run(['status'], { env, cwd: box.root })).stdout,
      /^SparkQ server: running \(PID \d+, http/,
    );
    assert.equal((await box.run(['stream', 'list'], { env: { ...env, SPARKQ_TOKEN: 'no' } })).code, 1);
  });

  it('is what other commands work through, with the same words and codes', async () => {
    const [server, url] = await serve();
    assert.equal(await box.ok('status'), `SparkQ server: running (PID ${server.child.pid}, ${url})\n`);
    const status = await box.json<{ running: boolean; pid: number }>('status');
    assert.deepEqual([status.running, status.pid], [true, server.child.pid]);
    const id = await box.task('--prompt', 'Do it');
    assert.equal(await box.ok('claim', '-s', 'lane'), `Task ${id}: llm-haiku\nStream: lane\nPrompt: Do it\n`);
    assert.equal(
      (await box.run(['requeue', id])).stderr.split('\n')[0],
      'Error: Requeue not allowed in running state',
    );
    assert.equal((await box.run(['claim', '--task', id])).code, 4);
    assert.equal(await box.ok('complete', id, '-r', 'done'), `Task ${id} marked as succeeded\n`);
    assert.equal(
      (await box.run(['enqueue', '-s', 'gone', '-t', 'llm-haiku'])).stderr,
      'Error: Stream not found: gone\nSuggestion: List available: sparkq stream list\n',
    );
    assert.equal(
      (await box.run(['session', 'create', 'work'])).stderr.split('\n')[0],
      'Error: Invalid session name: work',
    );
  });

  it('is ended by stop, which is refused when nothing runs', async () => {
    const [server] = await serve();
    assert.equal(await box.ok('stop'), 'SparkQ server stopped\n');
    assert.equal((await server.exited).code, 0);
    const { code, stderr } = await box.run(['stop']);
    assert.deepEqual([code, stderr.split('\n')[0]], [1, 'Error: Stop not allowed in stopped state']);
  });

  it('is refused a second time with the pid of the first', async () => {
    const [server] = await serve();
    for (const command of ['serve', 'run']) {
      const { code, stderr } = await box.run([command]);
      assert.equal(code, 1);
      assert.equal(
        stderr,
        `Error: SparkQ server already running (PID ${server.child.pid})\nSuggestion: Stop it first with: sparkq stop\n`,
      );
    }
  });

  it('exits with 1 when the wanted port is taken, and takes loopback hosts only', async () => {
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
    const open = await box.run(['serve', '--host', '0.0.0.0']);
    assert.deepEqual(
      [open.code, open.stderr],
      [1, 'Error: Invalid host: 0.0.0.0\nValid options: 127.0.0.1, localhost, ::1\n'],
    );
  });

  it('reads sparkq.yml again on reload', async () => {
    await serve();
    box.write('sparkq.yml', 'tools:\n  mine:\n    task_class: FAST_SCRIPT\n');
    assert.equal(await box.ok('reload'), 'Tool registry reloaded\n');
    assert.match(await box.ok('tools', 'list'), /^mine +FAST_SCRIPT/m);
    box.write('sparkq.yml', 'tools: [\n');
    const broken = await box.run(['reload']);
    assert.equal(broken.code, 1);
    assert.match(broken.stderr, /^Error: Configuration error: sparkq\.yml:/);
    assert.match(broken.stderr, /\nSuggestion: Check sparkq\.yml\n$/);
  });

  it('lets a claim wait for work', async () => {
    await serve();
    const claim = box.start(['claim', '-s', 'lane', '--wait', '30', '--json']);
    const id = await box.task();
    const { code, stdout } = await claim.exited;
    assert.equal(code, 0);
    assert.equal((JSON.parse(stdout) as { id: string }).id, id);
  });

  it('tells wait when the last task has finished, and with which end', async () => {
    await serve();
    const [first, second] = [await box.task(), await box.task()];
    const waiting = box.start(['wait', '--stream', 'lane']);
    for (const id of [first, second]) {
      await box.ok('claim', '-s', 'lane');
      if (id === first) await box.ok('complete', id, '-r', 'fine');
      else await box.ok('fail', id, '-e', 'broken');
    }
    const { code, stdout } = await waiting.exited;
    assert.equal(code, 1);
    assert.equal(stdout, `Task ${first} succeeded: fine\nTask ${second} failed: broken\n`);
    assert.equal((await box.run(['wait', first])).code, 0);
    assert.equal((await box.run(['wait', await box.task(), '--timeout', '0'])).code, 1);
  });

  it('tells events as they come', async () => {
    await serve();
    const events = box.start(['events', '--json', '--count', '1']);
    // Nobody knows when it has begun to listen, so something happens until it has.
    let ended = false;
    void events.exited.then(() => {
      ended = true;
    });
    while (!ended) await box.task();
    const { code, stdout } = await events.exited;
    assert.equal(code, 0);
    assert.equal((JSON.parse(stdout) as { type: string }).type, 'task.created');
  });

  it('makes a link that lets a browser in', async () => {
    const [, url] = await serve();
    const page = await box.json<{ url: string }>('open', 'docs');
    assert.ok(page.url.startsWith(`${url}/open?ticket=`));
  });

  it('exits with 130 on Ctrl-C of a command that waits', async () => {
    await serve();
    const events = box.start(['events']);
    let said = false;
    void events.says(/task\.created/).then(() => {
      said = true;
    });
    while (!said) await box.task();
    assert.equal((await events.stop('SIGINT')).code, 130);
  });

  it('shows the owner to doctor', async () => {
    const [server, url] = await serve();
    const report = await box.json<{
      owner: { pid: number; role: string };
      served: { url: string };
      problems: string[];
    }>('doctor');
    assert.deepEqual([report.owner.pid, report.owner.role], [server.child.pid, 'serve']);
    assert.equal(report.served.url, url);
    assert.deepEqual(report.problems, []);
    assert.match(await box.ok('doctor'), /^Owner: +PID \d+ \(serve\)/m);
    assert.ok(fs.existsSync(path.join(box.home, 'owners')));
  });
});
