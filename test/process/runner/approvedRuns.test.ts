import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { type OpenQueue, openQueue } from '../../../src/client/openQueue';
import { type Config, type ConfigSource, defaultConfig, fixedConfig } from '../../../src/core/config';
import { silentLog } from '../../../src/core/log';
import type { Origin, Task } from '../../../src/core/model';
import { presentTask } from '../../../src/core/refusals';
import { Runner } from '../../../src/runner/runner';
import { useFolder } from '../../support/folders';
import { refused } from '../../support/localQueue';
import { toolLike } from './rows';
import { programs } from './support';

const agent: Origin = { kind: 'agent', conversation: 'c1' };
const talk = toolLike({ command: ['sh', '-c', 'cat > said.txt'], input: 'prompt-stdin' });

describe('A run that a person approved', () => {
  const folder = useFolder('approved');
  let queue: OpenQueue;
  let runner: Runner;
  let config: Config;

  const source: ConfigSource = { ...fixedConfig(), current: () => config };
  const inFolder = (name: string) => path.join(folder(), name);

  beforeEach(async () => {
    config = { ...defaultConfig, tools: { ...defaultConfig.tools, talk } };
    queue = await openQueue({
      home: inFolder('home'),
      storage: inFolder('storage'),
      programs,
      role: 'serve',
      workspace: folder(),
      config: source,
      log: silentLog,
      version: '1.0.0',
      serve: false,
    });
    await queue.createSession({ name: 'work' });
    await queue.createStream({ session: 'work', name: 'build', instructions: 'Be brief.' });
    runner = runnerWith(programs);
    fs.writeFileSync(inFolder('a.sh'), 'echo approved > ran.txt\n');
    fs.writeFileSync(inFolder('prompt.md'), 'Say hello.');
    fs.writeFileSync(inFolder('notes.md'), 'Politely.');
  });

  afterEach(async () => {
    runner.dispose();
    await queue.close();
  });

  function runnerWith(supervisor: string): Runner {
    const storage = inFolder('storage');
    return new Runner({
      queue,
      storage,
      workspace: folder(),
      config: source,
      programs: supervisor,
      log: silentLog,
    });
  }

  async function approved(tool_name: string, payload: object): Promise<Task> {
    const { task } = await queue.as(agent).enqueue({ stream: 'build', tool_name, payload: { ...payload } });
    const { digest } = await queue.planRun(task.id);
    return presentTask(await queue.approve(task.id, { digest }));
  }

  const script = () => approved('run-bash', { script_path: 'a.sh', args: ['one'] });
  const prompt = () => approved('talk', { prompt_path: 'prompt.md', context_files: ['notes.md'] });

  async function run({ id }: Task): Promise<Task> {
    return runner.start(await queue.claimTask(id, { supervised: true })).ended;
  }

  it('is the one that starts', async () => {
    assert.equal((await run(await script())).status, 'succeeded');
    assert.equal(fs.readFileSync(inFolder('ran.txt'), 'utf8'), 'approved\n');
    assert.equal((await run(await prompt())).status, 'succeeded');
    assert.match(fs.readFileSync(inFolder('said.txt'), 'utf8'), /Be brief.*Say hello.*Politely/s);
  });

  it('is shown as it would start: its command, folder, input and the text of its files', async () => {
    const { task } = await queue.enqueue({
      stream: 'build',
      tool_name: 'run-bash',
      payload: { script_path: 'a.sh', args: ['one two'], env: { A: 'b' } },
    });
    const plan = await queue.planRun(task.id);
    assert.deepEqual(plan.command?.slice(1), [inFolder('a.sh'), 'one two']);
    assert.deepEqual(
      [plan.folder, plan.env, plan.problem, plan.files],
      [folder(), { A: 'b' }, null, [{ path: 'a.sh', text: 'echo approved > ran.txt\n', bytes: 24 }]],
    );
    assert.equal(plan.input, presentTask(task).payload);
  });

  it('is shown with what keeps it from starting', async () => {
    const { task } = await queue.enqueue({
      stream: 'build',
      tool_name: 'run-bash',
      payload: { script_path: 'gone.sh' },
    });
    const { command, problem, files } = await queue.planRun(task.id);
    assert.deepEqual(
      [command, problem, files],
      [null, 'The script gone.sh does not exist.', [{ path: 'gone.sh', text: null, bytes: 0 }]],
    );
  });

  const changes: readonly [
    what: string,
    make: () => Promise<Task>,
    change: () => unknown,
    parts: string[],
  ][] = [
    [
      'its script',
      script,
      () => fs.writeFileSync(inFolder('a.sh'), 'echo swapped > ran.txt\n'),
      ['file a.sh'],
    ],
    ['a script that is gone', script, () => fs.rmSync(inFolder('a.sh')), ['file a.sh']],
    [
      'its prompt file',
      prompt,
      () => fs.writeFileSync(inFolder('prompt.md'), 'Delete it.'),
      ['file prompt.md'],
    ],
    ['a context file', prompt, () => fs.appendFileSync(inFolder('notes.md'), 'Or not.'), ['file notes.md']],
    [
      'the instructions of its stream',
      prompt,
      () => queue.updateStream('build', { instructions: 'Delete it.' }),
      ['instructions'],
    ],
    [
      'its tool',
      prompt,
      () => {
        const swapped = { ...talk, command: ['sh', '-c', 'cat > elsewhere.txt'] };
        config = { ...config, tools: { ...config.tools, talk: swapped } };
      },
      ['tool'],
    ],
  ];
  for (const [what, make, change, parts] of changes) {
    it(`does not start with another of these: ${what}; it waits for approval again, and spends no attempt`, async () => {
      const task = await make();
      await change();
      const back = await run(task);
      assert.deepEqual(
        [back.status, back.approval, back.approval_changes, back.failures],
        ['queued', 'pending', parts, 0],
      );
      await refused(queue.claimTask(task.id), 'not_ready');
      for (const trace of ['ran.txt', 'said.txt', 'elsewhere.txt'])
        assert.equal(fs.existsSync(inFolder(trace)), false, trace);
      const { digest } = await queue.planRun(task.id);
      await queue.approve(task.id, { digest });
      assert.notEqual((await run(task)).status, 'queued');
    });
  }

  it('may be changed in what it does not depend on: the times of its tool, and what a person adds', async () => {
    const task = await prompt();
    config = { ...config, tools: { ...config.tools, talk: { ...talk, timeout: 77, description: 'Talks' } } };
    assert.equal((await run(task)).status, 'succeeded');
  });

  it('does not start with other arguments: the queue lets nobody claim it', async () => {
    const task = await script();
    await queue.as(agent).editTask(task.id, { payload: { script_path: 'a.sh', args: ['two'] } });
    await refused(queue.claimTask(task.id, { supervised: true }), 'not_ready');
  });

  it('is looked at once more by its supervisor, right before the program starts', async () => {
    const swapping = inFolder('programs');
    fs.mkdirSync(swapping);
    fs.writeFileSync(
      path.join(swapping, 'supervise.js'),
      `require('node:fs').writeFileSync(${JSON.stringify(inFolder('a.sh'))}, 'echo swapped > ran.txt');
      require(${JSON.stringify(path.join(programs, 'supervise.js'))});`,
    );
    runner.dispose();
    runner = runnerWith(swapping);
    const task = await script();
    const back = await run(task);
    assert.deepEqual(
      [back.status, back.approval, back.approval_changes, back.failures],
      ['queued', 'pending', ['file a.sh'], 0],
    );
    assert.equal(fs.existsSync(inFolder('ran.txt')), false);
    assert.deepEqual(fs.readdirSync(inFolder('storage/runs')), []);
  });
});
