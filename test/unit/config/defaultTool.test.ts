import assert from 'node:assert/strict';
import { defaultConfigText } from '../../../src/config/defaultText';
import { changeToDefaultTool } from '../../../src/config/defaultTool';
import { parseConfig } from '../../../src/config/parse';

function changed(text: string, tool = 'claude'): string | null {
  const change = changeToDefaultTool(text, tool);
  return change && text.slice(0, change.start) + change.content + text.slice(change.end);
}

describe('agents.default in the text of sparkq.yml', () => {
  for (const [what, before, after] of [
    ['an empty file', '', 'agents:\n  default: claude\n'],
    ['one of comments', '# Mine\n', '# Mine\n\nagents:\n  default: claude\n'],
    ['one without agents', 'a: 1 # one\n', 'a: 1 # one\n\nagents:\n  default: claude\n'],
    ['one without its last line end', 'a: 1', 'a: 1\n\nagents:\n  default: claude\n'],
    ['one of Windows', 'a: 1\r\n', 'a: 1\r\n\r\nagents:\r\n  default: claude\r\n'],
    [
      'agents with another key',
      'agents:\n    # Ask.\n    enqueue: ask # me\nb: 2\n',
      'agents:\n    # Ask.\n    default: claude\n    enqueue: ask # me\nb: 2\n',
    ],
    ['agents with nothing', 'agents:\nb: 2\n', 'agents:\n  default: claude\nb: 2\n'],
    ['agents on one line', 'agents: {enqueue: all}\n', 'agents: {default: claude, enqueue: all}\n'],
    ['agents in empty braces', 'agents: {}\n', 'agents: { default: claude }\n'],
    [
      'another default',
      'agents:\n  default: gone # why\n  enqueue: ask\n',
      'agents:\n  default: claude # why\n  enqueue: ask\n',
    ],
    ['no default', 'agents:\n  default:\n  enqueue: ask\n', 'agents:\n  default: claude\n  enqueue: ask\n'],
  ] as const) {
    it(`is all that changes in ${what}`, () => {
      assert.equal(changed(before), after);
    });
  }

  it('is read again, whatever the name of the tool', () => {
    for (const tool of ['llm-haiku', 'yes', 'my tool: #1', '007']) {
      const text = changed(`tools: { ${JSON.stringify(tool)}: {} }\n`, tool) ?? '';
      assert.equal(parseConfig(text).config?.agents.default, tool);
    }
    assert.equal(
      parseConfig(changed(defaultConfigText(), 'llm-haiku') ?? '').config?.agents.default,
      'llm-haiku',
    );
  });

  it('is not written into what is no such file, or cannot be read', () => {
    for (const text of ['- a\n', '{a: 1}\n', 'a: [\n', 'agents: &x {}\nb: *x\n', 'a: 1\n...\n'])
      assert.equal(changed(text), null, text);
  });
});
