import assert from 'node:assert/strict';
import { takenByAgents } from '../../../src/config/agentTools';
import { defaultConfigText } from '../../../src/config/defaultText';
import { parseConfig } from '../../../src/config/parse';
import { bypassesPermissions } from '../../../src/config/permissionBypass';
import { agentNames, defaultConfig } from '../../../src/core/config';
import { adapters } from '../../../src/runner/adapters/adapters';

describe('The configuration that setup writes', () => {
  it('is equivalent to no file if every default was accepted', () => {
    const { config, problems } = parseConfig(defaultConfigText());
    assert.deepEqual({ config, problems }, { config: defaultConfig, problems: [] });
  });

  it('names neither a database nor a port', () => {
    assert.doesNotMatch(defaultConfigText(), /database|port:/);
  });

  it('contains the answers, whatever characters they have', () => {
    const { config, problems } = parseConfig(
      defaultConfigText({
        name: 'a: "b" #c\nd',
        repo_path: 'C:\\src',
        prd_path: 'null',
        script_dirs: ['- x', '007'],
        timeouts: { FAST_SCRIPT: 7, 'my: class': 8 },
      }),
    );
    assert.deepEqual(problems, []);
    assert.deepEqual(config?.project, { name: 'a: "b" #c d', repo_path: 'C:\\src', prd_path: 'null' });
    assert.deepEqual(config?.script_dirs, ['- x', '007']);
    assert.equal(config?.task_classes.FAST_SCRIPT?.timeout, 7);
    assert.equal(config?.task_classes['my: class']?.timeout, 8);
    assert.equal(config?.task_classes.LLM_HEAVY?.timeout, 900);
  });

  it('has a working tool for each installed agent, which may not do anything without asking', () => {
    const { config, problems } = parseConfig(defaultConfigText({ agents: agentNames }));
    assert.deepEqual(problems, []);
    for (const name of agentNames) {
      const tool = config?.tools[name];
      assert.equal(tool?.agent, name);
      assert.equal(tool?.account, name);
      assert.equal(tool?.input, 'prompt-stdin');
      assert.ok(tool !== undefined && !bypassesPermissions(tool));
      const { title, abilities, call } = adapters[name];
      const taken = takenByAgents[name];
      assert.deepEqual([taken.title, taken.turns, taken.budget], [title, abilities.turns, abilities.budget]);
      // The mode that is written out is the one that it would have had.
      const { model, permission, max_turns, max_budget_usd, agent_args: args } = tool;
      const request = {
        prompt: '',
        model,
        max_turns,
        max_budget_usd,
        args,
        session: null,
        resume: false,
        mcp: null,
      };
      assert.deepEqual(call({ ...request, permission }), call({ ...request, permission: null }));
      // Silence must not end a call of which it does not tell.
      assert.equal(tool.idle_timeout > 600, !abilities.openCalls);
    }
    const { config: without } = parseConfig(defaultConfigText());
    assert.deepEqual(config?.tools['llm-haiku'], without?.tools['llm-haiku']);
  });

  it('is warned of where an agent does not take a limit', () => {
    const text =
      'tools:\n  a: {agent: codex, max_turns: 3, max_budget_usd: 1}\n  b: {agent: claude, max_turns: 3}\n';
    assert.deepEqual(
      parseConfig(text).problems.map(({ code, message }) => [code, message]),
      [
        ['unused_key', 'tools.a.max_turns is ignored: Codex takes no such limit.'],
        ['unused_key', 'tools.a.max_budget_usd is ignored: Codex takes no such limit.'],
      ],
    );
  });
});
