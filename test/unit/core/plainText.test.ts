import assert from 'node:assert/strict';
import { indented, oneLine, plainText, printable, withoutLinks } from '../../../src/core/plainText';

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

describe('printable', () => {
  it('shows what changes the direction of text, marks included', () => {
    assert.equal(printable('a\u061c\u200e\u200f\u202a\u202e\u2066\u2069b'), `a${'\ufffd'.repeat(7)}b`);
    assert.equal(printable('\u05d0\u0628\tc\r\nd'), '\u05d0\u0628\tc\nd');
  });
});

describe('text of several lines', () => {
  it('becomes one line, or shows that its further lines belong to it', () => {
    assert.equal(oneLine('a \r\n\n  b\nc'), 'a b c');
    assert.equal(indented('a\nb\n\nc', 2), 'a\n  b\n  \n  c');
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
