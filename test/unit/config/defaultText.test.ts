import assert from 'node:assert/strict';
import { defaultConfigText } from '../../../src/config/defaultText';
import { parseConfig } from '../../../src/config/parse';
import { defaultConfig } from '../../../src/core/config';

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
});
