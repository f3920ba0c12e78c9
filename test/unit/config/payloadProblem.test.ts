import assert from 'node:assert/strict';
import { payloadProblem } from '../../../src/config/payloadProblem';
import { defaultConfig, outsideTool, type ToolConfig } from '../../../src/core/config';

const bash = defaultConfig.tools['run-bash'];
const agent: ToolConfig = { ...outsideTool, command: ['agent'], input: 'prompt-argument' };

describe('a payload', () => {
  it('names a script for a tool that runs one, where any client puts it', () => {
    const script_path = 'scripts/a.sh';
    for (const payload of [
      { script_path },
      { metadata: { script_path } },
      { prompt: '', metadata: { script_path } },
    ])
      assert.equal(payloadProblem(payload, bash), null);
    for (const payload of [
      {},
      null,
      'scripts/a.sh',
      { prompt: script_path },
      { script_path: ' ' },
      { script_path: 5 },
      { metadata: null },
      { metadata: [script_path] },
    ])
      assert.equal(payloadProblem(payload, bash), 'no_script', JSON.stringify(payload));
  });

  it('has a prompt or the path of one for a tool that takes one', () => {
    for (const payload of [{ prompt: 'x' }, { prompt_path: 'a.md' }])
      assert.equal(payloadProblem(payload, agent), null);
    for (const payload of [
      {},
      { prompt: '' },
      { prompt: '\n' },
      { prompt: null, prompt_path: null },
      { script_path: 'x' },
    ])
      assert.equal(payloadProblem(payload, agent), 'no_prompt', JSON.stringify(payload));
  });

  it('is up to an outside worker, and to a tool that reads it as it is', () => {
    for (const tool of [
      undefined,
      outsideTool,
      defaultConfig.tools['llm-haiku'],
      { ...agent, input: 'payload-stdin' },
    ] as const)
      assert.equal(payloadProblem({}, tool), null);
  });
});
