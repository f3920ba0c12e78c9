import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Task } from '../../../src/core/model';
import { Sandbox } from './sandbox';

const ofAgent = { SPARKQ_TASK_ID: 'tsk_000000000001', SPARKQ_ORIGIN: 'agent' };
const ofScript = { SPARKQ_TASK_ID: 'tsk_000000000001' };
/** Whatever runs the tests. */
const noAgent = { CLAUDECODE: '', CODEX_THREAD_ID: '', CODEX_SANDBOX: '', COPILOT_CLI: '', CURSOR_AGENT: '' };

describe('who calls the command line', () => {
  let box: Sandbox;

  beforeEach(() => {
    box = new Sandbox();
  });
  afterEach(() => box.remove());

  async function added(env: Record<string, string>): Promise<Task> {
    const { code, stdout, stderr } = await box.run(['add', '--json', '--', 'touch', 'ran'], {
      env: { ...noAgent, ...env },
    });
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as Task;
  }

  for (const served of [true, false]) {
    describe(served ? 'of a served queue' : 'of a queue that nobody has open', () => {
      beforeEach(async () => {
        if (served) await (await box.serve()).queue.close();
        else await box.makeQueue();
      });

      it('is a person, through an agent or not, or a script, or an agent', async () => {
        const tasks = [
          await added({}),
          await added({ CLAUDECODE: '1' }),
          await added(ofScript),
          await added({ ...ofAgent, GEMINI_CLI: '1' }),
        ];
        assert.deepEqual(
          tasks.map(({ origin, approval }) => [origin, approval]),
          [
            [{ kind: 'person' }, 'given'],
            [{ kind: 'person', via: 'claude' }, 'given'],
            [{ kind: 'run', task: ofScript.SPARKQ_TASK_ID }, 'given'],
            [{ kind: 'agent', via: 'gemini', task: ofAgent.SPARKQ_TASK_ID }, 'pending'],
          ],
        );
      });

      it('is told that a task waits, and kept from what is for a person', async () => {
        const { stderr } = await box.run(['add', '--', 'touch', 'ran'], { env: ofAgent });
        assert.match(
          stderr,
          /^Task tsk_\w+ waits until a person approves it\.\nSuggestion: sparkq approve tsk_/,
        );
        const own = await added(ofAgent);
        const other = await added({});
        for (const [words, message] of [
          [['delete', own.id], /An agent may not call/],
          [['requeue', other.id], /An agent may not call/],
          [['cancel', other.id], /was queued by somebody else/],
          [['pause', 'main'], /An agent may not call/],
          [['reload'], /An agent may not call/],
          [['purge'], /An agent may not call/],
        ] as const) {
          const refused = await box.run([...words], { env: ofAgent });
          assert.equal(refused.code, 1, words.join(' '));
          assert.match(refused.stderr, message, words.join(' '));
        }
        assert.equal((await box.run(['cancel', own.id], { env: ofAgent })).code, 0);
      });
    });
  }

  it('stops no server and opens no page as an agent', async () => {
    const { server, queue } = await box.serve();
    await queue.close();
    for (const words of [['stop'], ['open', 'docs', '--json']]) {
      const { code, stderr, stdout } = await box.run(words, { env: ofAgent });
      assert.deepEqual([code, stdout], [1, ''], words[0]);
      assert.match(stderr, /An agent may not call POST/);
    }
    await box.ok('stop');
    await server.exited;
  });

  it('starts nothing of an agent, and all of a person', async () => {
    await box.makeQueue();
    await added(ofAgent);
    await box.ok('add', '--', 'touch', 'mine');
    await box.ok('watch', 'main', '--once');
    assert.deepEqual(
      ['ran', 'mine'].map((name) => existsSync(path.join(box.folder, name))),
      [false, true],
    );
  });
});
