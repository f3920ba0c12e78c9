/** What the server cannot keep of a text, and what it reads in one. */

import assert from 'node:assert/strict';
import { defaultConfig, fixedConfig } from '../../src/core/config';
import { refused } from '../support/localQueue';
import { withHosts } from '../support/postgres/hosts';

const task = { stream: 'lane', tool_name: 'llm-haiku' };
const since = '2000-01-01T00:00:00Z';

describe('a text with NUL or half of a surrogate pair', () => {
  it('is refused by its field where a caller gives it, and nothing is written', () =>
    withHosts(async (first) => {
      const given: [string, () => Promise<unknown>][] = [
        ['label', () => first.enqueue({ ...task, label: 'a\0b' })],
        ['prompt', () => first.enqueue({ ...task, prompt: 'half \ud83d' })],
        ['payload', () => first.enqueue({ ...task, payload: '{"prompt": "a\\u0000b"}' })],
        ['payload', () => first.enqueue({ ...task, payload: { deep: [{ 'a\0': 1 }] } })],
        ['payload', () => first.enqueue({ ...task, payload: '{"prompt": "\\udc00"}' })],
        ['label', () => first.enqueueMany({ stream: 'lane', tasks: [task, { ...task, label: '\0' }] })],
        ['q', () => first.listTasks({ q: '\0' })],
        ['id', () => first.getTask('\0')],
        ['key', () => first.pauseStream('lane', { key: '\0' })],
      ];
      for (const [field, call] of given)
        await refused(call(), 'invalid_field', new RegExp(`Invalid ${field}: `));
      assert.equal((await first.listTasks()).items.length, 0);
      const whole = await first.enqueue({ ...task, payload: '{"prompt": "\\ud83d\\ude00 \\\\u0000"}' });
      assert.equal((await first.listTasks({ q: '😀' })).items[0]?.id, whole.task.id);
    }));

  it('is kept with U+FFFD in its place where a worker reports it', () =>
    withHosts(async (first, second) => {
      const { task: added } = await first.enqueue(task);
      const { lease } = await first.claimTask(added.id);
      await first.heartbeat(added.id, { lease, message: 'half \0' });
      assert.equal((await second.getTask(added.id)).progress_message, 'half \ufffd');
      await first.complete(added.id, {
        lease,
        result_summary: 'a\0b \ud83d',
        result_data: '{"of": "\0"}',
        stdout: 'a\0b',
      });
      const { result_summary: summary, result } = await second.getTask(added.id);
      assert.deepEqual([summary, result], ['a\ufffdb \ufffd', '{"of": "\ufffd"}']);
      assert.equal((await first.readOutput(added.id, { stream: 'stdout' })).text, 'a\0b');
    }));

  it('does not stop a queue whose configuration has one', () => {
    const config = fixedConfig({ ...defaultConfig, project: { ...defaultConfig.project, name: 'a\0b' } });
    return withHosts(async (first) => assert.equal((await first.project()).name, 'a\ufffdb'), { config });
  });
});

describe('a long payload', () => {
  it('names its script in the list of runs', () =>
    withHosts(async (first, second) => {
      const payload = { script_path: 'scripts/check.sh', filler: 'x'.repeat(3_000) };
      const { task: added } = await first.enqueue({ ...task, payload });
      await first.claimTask(added.id);
      const { runs } = await second.listRuns({ since });
      assert.deepEqual(
        runs.map(({ name }) => name),
        ['check.sh'],
      );
    }));
});
