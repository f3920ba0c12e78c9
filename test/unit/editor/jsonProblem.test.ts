import assert from 'node:assert/strict';
import fc from 'fast-check';
import { findJsonProblem } from '../../../src/editor/jsonProblem';

const place = (text: string) => {
  const found = findJsonProblem(text);
  return found && `${found.line}:${found.column}`;
};

describe('where a text stops being JSON', () => {
  it('is nowhere in JSON', () => {
    for (const text of ['{}', ' [1, -2.5e3, "a\\u00e4\\n", true, null]\n', '{"a": {"b": []}}', '0']) {
      assert.equal(place(text), undefined, text);
    }
    fc.assert(fc.property(fc.jsonValue(), (value) => place(JSON.stringify(value, null, 1)) === undefined));
  });

  it('is the first character that cannot stand there', () => {
    const cases: [string, string][] = [
      ['', '1:1'],
      ['{\n  "a": 1,\n}', '3:1'],
      ['{"a": 1 "b": 2}', '1:9'],
      ["{'a': 1}", '1:2'],
      ['{"a": tru}', '1:7'],
      ['{"a": 01}', '1:8'],
      ['{"a": "x\ny"}', '1:9'],
      ['{"a": "\\x"}', '1:8'],
      ['[1, 2', '1:6'],
      ['{} x', '1:4'],
      ['{"prompt":\n\n  no}', '3:3'],
    ];
    for (const [text, expected] of cases) assert.equal(place(text), expected, text);
  });

  it('is found wherever JSON is spoilt', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(), (value, at) => {
        const text = JSON.stringify({ value });
        const cut = text.slice(0, at % text.length);
        return (
          place(cut) === `1:${cut.length + 1}` ||
          cut.endsWith('\\') ||
          /\\u[\da-f]{0,3}$/i.test(cut) ||
          cutWord(cut)
        );
      }),
    );
  });
});

/** A number or a word that was cut is no value: the place is where it begins, or what is left of it is a value. */
function cutWord(text: string): boolean {
  return /[\w.+-]$/.test(text);
}
