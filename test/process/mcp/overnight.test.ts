import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Attempt, Task } from '../../../src/core/model';
import { FakeAgents } from '../../support/agents/fakeAgents';
import { untilEnded } from '../../support/deadPid';
import { followQueue } from '../../support/followQueue';
import { gitIn } from '../../support/git';
import { blocksOf, linesOf, TypingSandbox } from '../cli/typing';

const blocks = (language: string) => blocksOf('README.md', 'Overnight', language);

/** The first lines are for the stand-in for the agent. */
const plan = `# Tonight

- [x] Done before
- [ ] Name the port
      1: play question
      2+: write checked.txt port
      2+: say It listens on 8080.
- [ ] Meet the limit
      1: limit Claude AI usage limit reached|${Math.floor(Date.now() / 1_000) + 7_200}
      2+: write checked.txt limit
      2+: say It went on.
`;

describe('The section of the README for nights', () => {
  // Its lines are typed into a shell.
  if (process.platform !== 'linux') return;
  const box = new TypingSandbox();
  const agents = new FakeAgents(path.join(box.root, 'agents'), ['claude']);
  after(async () => {
    await box.run(['down']);
    await box.remove();
  });

  it('leads from a plan to merged work, word by word', async () => {
    const [[fromPlan, prompt, up, ...more] = [], [digest, answer, diff, merge, review, ...others] = []] =
      blocks('sh').map(linesOf);
    const [block = ''] = blocks('yaml');
    assert.ok(fromPlan && prompt && up && digest && answer && diff && merge && review);
    assert.deepEqual([more, others], [[], []]);

    box.write('sparkq.yml', block);
    box.write('plan.md', plan);
    gitIn(box.folder, 'init', '-q', '-b', 'main');
    gitIn(box.folder, 'add', '.');
    gitIn(box.folder, 'commit', '-q', '-m', 'Plan');
    box.standIn('claude', `FAKE_AGENTS='${path.join(box.root, 'agents')}' exec '${agents.bin}/claude' "$@"`);
    // It passes once the agent has come back to it.
    box.standIn(
      'npm',
      '[ "$1" = test ] && { [ -e checked.txt ] || { echo "1 failing: no file"; exit 1; }; }',
    );

    const { code, stdout: shown } = await box.agrees(fromPlan);
    assert.equal(code, 0, shown);
    // One whose check fails at first.
    await box.succeeds(prompt.replace('tests"', 'tests\n2: write checked.txt tests\nsay Fixed."'));
    const tasks = await box.json<Task[]>('tasks');
    const idOf = (label: RegExp) => tasks.find((task) => label.test(JSON.stringify(task)))?.id ?? '';
    const [port, limit, tests] = [idOf(/port/), idOf(/limit/), idOf(/failing tests/)];
    assert.ok(port && limit && tests);

    const [, background = ''] = /PID (\d+)/.exec(await box.succeeds(up)) ?? [];
    const [{ storage } = { storage: '' }] = await box.json<{ storage: string }[]>('ps');
    await followQueue(box.home, storage, async (queue) =>
      (await queue.listTools()).some(({ rest }) => rest?.account === 'claude'),
    );
    const [wake = ''] = /`(sparkq tools wake [^`]+)`/.exec(readFileSync('README.md', 'utf8'))?.slice(1) ?? [];
    await box.succeeds(wake);
    await untilEnded(Number(background));

    const morning = await box.succeeds(digest);
    assert.match(morning, new RegExp(`2 succeeded, 0 failed; 1 waits for a person[^]*${port}[^]*${limit}`));
    assert.match(morning, /claude {2}\d runs, \$\d\.\d\d; 1 met a limit/);
    await box.succeeds(answer.replace('TASK', port));
    const [, again = ''] = /PID (\d+)/.exec(await box.succeeds(up)) ?? [];
    await untilEnded(Number(again));
    const asked = agents.starts.filter(({ prompt: text }) => text.includes('Port 8080'));
    assert.equal(asked.length, 1);

    // It has changed nothing here until it is merged.
    assert.equal(existsSync(path.join(box.folder, 'checked.txt')), false);
    assert.match(await box.succeeds(diff.replace('TASK', limit)), /^\+limit$/m);
    await box.succeeds(merge.replace('TASK', limit));
    assert.equal(box.read('checked.txt'), 'limit');
    const outcomes = async (id: string) =>
      (await box.json<{ tries: Attempt[] }>('task', id)).tries.map(({ outcome }) => outcome);
    assert.deepEqual(await outcomes(port), ['asked', 'succeeded']);
    assert.deepEqual(await outcomes(limit), ['limited', 'succeeded']);
    assert.deepEqual(await outcomes(tests), ['verify', 'succeeded']);
    await box.succeeds(review.replace('TASK', limit));
    const left = await box.json<Task[]>('tasks', '--unreviewed');
    assert.deepEqual(left.map(({ id }) => id).sort(), [port, tests].sort());
  });
});
