import assert from 'node:assert/strict';
import {
  type Config,
  defaultConfig,
  outsideTool,
  resolveClass,
  resolveKillAfter,
  resolveTimeout,
} from '../../../src/core/config';

const config: Config = {
  ...defaultConfig,
  task_classes: { ...defaultConfig.task_classes, FAST_SCRIPT: { timeout: 11 }, OWN: { timeout: 12 } },
  tools: {
    ...defaultConfig.tools,
    timed: { ...outsideTool, timeout: 13, task_class: 'OWN' },
    strict: { ...outsideTool, kill_after: 14 },
    classed: { ...outsideTool, task_class: 'OWN' },
  },
};

describe('The class and timeout of a task', () => {
  it("the class is its own, else its tool's, else MEDIUM_SCRIPT", () => {
    assert.equal(resolveClass(config, 'classed', 'LLM_LITE'), 'LLM_LITE');
    assert.equal(resolveClass(config, 'classed'), 'OWN');
    assert.equal(resolveClass(config, 'nobody'), 'MEDIUM_SCRIPT');
  });

  it("kill_after is its own, else its tool's, and is else left to the timeout", () => {
    assert.equal(resolveKillAfter(config, { tool_name: 'strict', kill_after: 5 }), 5);
    assert.equal(resolveKillAfter(config, { tool_name: 'strict' }), 14);
    assert.equal(resolveKillAfter(config, { tool_name: 'timed' }), null);
    assert.equal(resolveKillAfter(config, { tool_name: 'constructor' }), null);
  });

  it("the timeout is its own, else its tool's, else its class's", () => {
    const timeout = (tool_name: string, task_class: string, given?: number) =>
      resolveTimeout(config, { tool_name, task_class, timeout: given });
    assert.equal(timeout('timed', 'FAST_SCRIPT', 5), 5);
    assert.equal(timeout('timed', 'FAST_SCRIPT'), 13);
    assert.equal(timeout('classed', 'FAST_SCRIPT'), 11);
    assert.equal(timeout('classed', 'LLM_HEAVY'), 900);
    assert.equal(timeout('nobody', 'NOTHING'), 300);
    assert.equal(
      resolveTimeout({ ...config, task_classes: {} }, { tool_name: 'x', task_class: 'FAST_SCRIPT' }),
      30,
    );
  });

  it('names of inherited properties are neither tools nor classes', () => {
    for (const name of ['constructor', '__proto__', 'toString']) {
      assert.equal(resolveClass(config, name), 'MEDIUM_SCRIPT');
      assert.equal(resolveTimeout(config, { tool_name: name, task_class: name }), 300);
    }
  });
});
