import assert from 'node:assert/strict';
import { plainText, withoutLinks } from '../../../src/core/plainText';

describe('plainText', () => {
  it('removes colours, titles and links', () => {
    const text =
      '\u001b[31mred\u001b[0m \u001b]0;title\u0007\u001b]8;;http://x\u001b\\link\u001b]8;;\u001b\\';
    assert.equal(plainText(text), 'red link');
  });

  it('keeps the last state of a redrawn line', () => {
    assert.equal(plainText('10%\r50%\r100%\r\ndone\n'), '100%\ndone\n');
  });
});

describe('withoutLinks', () => {
  it('leaves nothing that a notification reads as a link', () => {
    const link = /\[[^\]]+\]\((?:https?:\/\/|command:|file:)[^)\s]+\)/;
    const text = 'build failed: [Show details](command:workbench.action.quit)';
    assert.match(text, link);
    assert.doesNotMatch(withoutLinks(text), link);
    assert.equal(withoutLinks('a [b] (c)'), 'a [b] (c)');
  });
});
