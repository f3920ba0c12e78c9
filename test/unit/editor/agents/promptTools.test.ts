import assert from 'node:assert/strict';
import { parseConfig } from '../../../../src/config/parse';
import { type Config, defaultConfig } from '../../../../src/core/config';
import { defaultToolsToOffer, isWithoutTool, promptTools } from '../../../../src/editor/agents/promptTools';
import { aTask } from '../../../support/sampleRows';

const tools = `tools:
  claude: {command: [claude], task_class: LLM_HEAVY}
  codex: {command: [codex], task_class: LLM_LITE}
  lint: {command: [lint], task_class: FAST_SCRIPT}
  outside: {task_class: LLM_HEAVY}
  script: {command: [sh], input: script, task_class: LLM_HEAVY}
`;

function configOf(text: string): Config {
  return parseConfig(text).config ?? assert.fail(text);
}

describe('The tools for prompts', () => {
  it('begin with the usual one', () => {
    const names = promptTools(configOf(tools));
    assert.equal(names[0], 'agent');
    for (const name of ['claude', 'codex', 'lint', 'outside', 'llm-haiku']) assert.ok(names.includes(name));
    for (const name of ['script', 'run-bash', 'run-command']) assert.ok(!names.includes(name));
    const [first, second] = promptTools(configOf(`${tools}agents: {default: codex}\n`));
    assert.deepEqual([first, second], ['codex', 'agent']);
  });

  it('may become the default where they run an agent here, and there is none', () => {
    assert.deepEqual(defaultToolsToOffer(defaultConfig), []);
    assert.deepEqual(defaultToolsToOffer(configOf(tools)).sort(), ['claude', 'codex']);
    assert.deepEqual(defaultToolsToOffer(configOf(tools), 'codex'), ['codex']);
    for (const chosen of ['agent', 'lint', 'outside'])
      assert.deepEqual(defaultToolsToOffer(configOf(tools), chosen), [], chosen);
    assert.deepEqual(defaultToolsToOffer(configOf(`${tools}agents: {default: codex}\n`)), []);
  });

  it('are missing only in what an agent has just queued for any agent', () => {
    const without = (type: 'task.created' | 'task.updated', tool: string, kind: 'agent' | 'person') =>
      isWithoutTool({ id: '1-1', at: '', type, task: aTask({ tool_name: tool, origin: { kind } }) });
    assert.ok(without('task.created', 'agent', 'agent'));
    assert.ok(!without('task.updated', 'agent', 'agent'));
    assert.ok(!without('task.created', 'claude', 'agent'));
    assert.ok(!without('task.created', 'agent', 'person'));
  });
});
