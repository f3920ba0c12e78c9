import assert from 'node:assert/strict';
import { agentsWithoutTool, changeToAgentTools } from '../../../src/config/addedTools';
import { defaultConfigText } from '../../../src/config/defaultText';
import { parseConfig } from '../../../src/config/parse';
import { changedText } from '../../../src/config/textChange';

const changed = (text: string) => {
  const change = changeToAgentTools(text, ['claude', 'codex']);
  return change && changedText(text, change);
};

describe('tools for agents in the text of sparkq.yml', () => {
  for (const [what, text] of [
    ['an empty file', ''],
    ['one of comments', '# Mine\n'],
    ['one without tools', 'project:\n  name: x # mine\n'],
    ['one without its last line end', 'tools:\n  a:\n    command: [b]'],
    ['one of Windows', 'tools:\r\n  a:\r\n    command: [b]\r\n\r\nproject:\r\n  name: x\r\n'],
    ['tools with nothing', 'tools: # none yet\nproject:\n  name: x\n'],
    [
      'tools with deeper lines, comments and a block',
      'tools:\n    # First.\n    a:\n        command: [b] # why\n    c:\n        description: |\n            Says\n            much\n\n# Last.\npurge:\n  older_than_days: 3\n',
    ],
    ['tools where one is empty', 'tools:\n  a:\n  b: {command: [c]}   # own\n# Next.\npurge: {}\n'],
    ['what setup writes', defaultConfigText()],
  ] as const) {
    it(`are all that changes in ${what}`, () => {
      const after = changed(text) ?? '';
      const { config } = parseConfig(after);
      assert.deepEqual([config?.tools.claude?.agent, config?.tools.codex?.agent], ['claude', 'codex']);
      // What was there is there, in its order.
      const kept = after.split(/\r?\n/);
      let from = 0;
      for (const line of text.split(/\r?\n/)) {
        const at = kept.indexOf(line, from);
        assert.ok(at >= from, line);
        from = at + 1;
      }
      assert.equal(/[^\r]\n/.test(after), !text.includes('\r\n'));
    });
  }

  it('are those that it lacks, under whatever name', () => {
    const text = 'tools:\n  gemini: {command: [mine]}\n  night: {agent: codex}\n  bare:\n';
    assert.deepEqual(agentsWithoutTool(text, ['claude', 'codex', 'gemini']), ['claude']);
    assert.deepEqual(agentsWithoutTool('', ['claude']), ['claude']);
    assert.deepEqual(agentsWithoutTool('a: [', ['claude']), []);
  });

  it('are not written into what is no such file, or cannot be read', () => {
    for (const text of ['- a\n', '{a: 1}\n', 'a: [\n', 'tools: {a: {}}\n', 'a: 1\n...\n', 'tools: 3\n'])
      assert.equal(changed(text), null, text);
  });
});
