import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { agentNames, type Config, defaultConfig, fixedConfig, outsideTool } from '../../../src/core/config';
import { silentLog } from '../../../src/core/log';
import type { Claim, Task } from '../../../src/core/model';
import { adapters } from '../../../src/runner/adapters/adapters';
import type { AgentStart } from '../../../src/runner/adapters/agentRun';
import { type RunRecord, type RunSpec, runPaths } from '../../../src/runner/runFiles';
import { Runner } from '../../../src/runner/runner';
import { FakeAgents } from '../../support/agents/fakeAgents';
import { useFolder } from '../../support/folders';
import { FakeQueue } from './fakeQueue';
import { bashSpec, fileThere, isLive, outputOf, programs, supervise } from './support';

const claude: AgentStart = {
  name: 'claude',
  resumes: null,
  begins: null,
  earlier: null,
  idle_timeout: 600,
  end_grace: 10,
};

describe('the runner of agents', () => {
  const folder = useFolder('agents');
  let agents: FakeAgents;

  beforeEach(() => {
    agents = new FakeAgents(path.join(folder(), 'fake'));
  });

  /** A run of the agent that stands in for Claude Code. */
  function specOf(prompt: string, more: Partial<RunSpec> = {}): RunSpec {
    fs.mkdirSync(path.join(folder(), 'runs'), { recursive: true });
    const call = adapters.claude.call({
      ...{ model: null, permission: null, max_turns: null, max_budget_usd: null },
      ...{ prompt, session: null, resume: false, args: [], mcp: null },
    });
    const command = { file: path.join(agents.bin, 'claude'), args: call.args, stdin: call.stdin };
    return bashSpec(folder(), '', { ...command, env: agents.env, agent_run: claude, ...more });
  }

  function runnerOf(fake: FakeQueue): Runner {
    const tools = Object.fromEntries(
      agentNames.map((agent) => [
        agent,
        { ...outsideTool, agent, command: [], input: 'prompt-stdin' as const, env: agents.env },
      ]),
    );
    const config: Config = { ...defaultConfig, tools: { ...defaultConfig.tools, ...tools } };
    return new Runner({
      queue: fake.queue,
      storage: folder(),
      workspace: folder(),
      config: fixedConfig(config),
      programs,
      log: silentLog,
    });
  }

  it('runs each of them with instructions and note in the prompt, and takes what they say', async () => {
    const fake = new FakeQueue();
    const stream = fake.addStream('build', { instructions: 'Answer in English.' });
    const runner = runnerOf(fake);
    const runOf = (tool_name: string, more: Partial<Task>, of: Partial<Claim> = {}) => {
      const task = fake.addTask(stream, { prompt: `say Hello from ${tool_name}.` }, { tool_name, ...more });
      return runner.start({ ...fake.claim(task), ...of }).ended;
    };
    agents.know('s1');
    const ended = await Promise.all([
      ...agentNames.map((name) => runOf(name, { note: 'Be brief.' })),
      runOf('claude', { note: null }, { resume: { session: 's1', attempt: 1, cost_usd: 0.2 } }),
    ]);
    runner.dispose();
    assert.deepEqual(
      ended.map(({ status, result_summary }) => [status, result_summary]),
      [...agentNames.map((name) => `Hello from ${name}.`), 'Both tests pass now.'].map((text) => [
        'succeeded',
        text,
      ]),
    );
    const told = new Map(agents.starts.map((start) => [start.agent, start]));
    const prompt = (name: string) =>
      `Answer in English.\n\nsay Hello from ${name}.\n\nA reviewer's note on the last run: Be brief.`;
    for (const name of ['codex', 'copilot', 'gemini', 'cursor', 'opencode'] as const)
      assert.equal(told.get(name)?.prompt, prompt(name));
    const resumed = agents.starts.find(({ args }) => args.includes('--resume'));
    assert.equal(resumed?.prompt, 'Go on with the task where you stopped.');
    for (const { agent, args } of agents.starts)
      assert.equal(args.includes('--mcp-config'), agent === 'claude', agent);
    const ofClaude = fake.completions.filter(({ agent_session: id }) => id === 's1');
    // What a session has cost before is not what this run has cost.
    assert.equal(ofClaude[0]?.usage?.cost_usd?.toFixed(2), '0.05');
    for (const { agent_session, usage } of fake.completions) assert.ok(agent_session && usage);
  });

  it('ends what outlives its end, and has succeeded', async () => {
    const spec = specOf('child\nsay Done.\nhang', { agent_run: { ...claude, end_grace: 0.1 } });
    const exit = await supervise(spec).ended;
    assert.deepEqual([exit?.reason, exit?.agent?.outcome, exit?.agent?.text], ['exited', 'done', 'Done.']);
    assert.equal(isLive(agents.child ?? 0), false);
  });

  it('ends what is silent as stalled, with the session that it was in', async () => {
    const begun = { ...claude, begins: 'b1', idle_timeout: 0.5 };
    const exit = await supervise(specOf('stderr x\nhang', { agent_run: begun })).ended;
    assert.deepEqual([exit?.reason, exit?.agent?.outcome, exit?.agent?.session], ['exited', 'stalled', 'b1']);
  });

  it('starts afresh where the session is lost, within the same run', async () => {
    const prompt = 'resumed: play no-session\nresumed: exit 1\nfresh: say Afresh.';
    const { file, args, verbatim, stdin } = specOf(prompt);
    const spec = specOf(prompt, {
      args: [...args, '--resume', 'gone'],
      agent_run: { ...claude, resumes: 'gone' },
      afresh: { file, args, verbatim, stdin, agent_run: claude },
    });
    const exit = await supervise(spec).ended;
    assert.deepEqual([exit?.agent?.outcome, exit?.agent?.text], ['done', 'Afresh.']);
    assert.equal(agents.starts.length, 2);
    assert.match(outputOf(spec, 'stdout'), /Afresh/);
    assert.doesNotMatch(outputOf(spec, 'stdout'), /No conversation found/);
  });

  it('knows the session of a run whose supervisor was killed', async () => {
    const fake = new FakeQueue();
    const runner = runnerOf(fake);
    const task = fake.addTask(fake.addStream('build'), { prompt: 'hang' }, { tool_name: 'claude' });
    const run = runner.start(fake.claim(task));
    await fileThere(path.join(folder(), 'fake', 'starts.jsonl'));
    const paths = runPaths(folder(), task.id, 1);
    const record = await fileThere(paths.record, (text) => text.includes('"script":{'));
    process.kill((JSON.parse(record) as RunRecord).supervisor?.pid ?? 0, 'SIGKILL');
    await run.ended;
    runner.dispose();
    const [failure] = fake.failures;
    const named = agents.starts[0]?.args.indexOf('--session-id') ?? -1;
    assert.deepEqual(
      [failure?.failure_kind, failure?.agent_session],
      ['interrupted', agents.starts[0]?.args[named + 1]],
    );
  });

  it('reads a stream of any length as it comes, of which little is kept', async () => {
    const spec = specOf('flood 4\ncut success', { output_limit: 64 * 1024 });
    const exit = await supervise(spec).ended;
    assert.equal(exit?.agent?.outcome, 'done');
    assert.ok((exit?.stdout_size ?? 0) > 4 * 1024 * 1024);
    assert.ok(outputOf(spec, 'stdout').length <= 64 * 1024);
  });

  it('is ended by its deadline and on request as any run is', async () => {
    const { paths, ended } = supervise(specOf('play silent\nhang'));
    await fileThere(path.join(folder(), 'fake', 'starts.jsonl'));
    fs.writeFileSync(paths.cancel, '');
    const exit = await ended;
    assert.deepEqual([exit?.reason, exit?.agent?.outcome], ['cancelled', 'silent']);
  });
});
