import assert from 'node:assert/strict';
import fc from 'fast-check';
import { findJsonProblem, indented, indentedOnce } from '../../../../src/editor/shared/jsonText';

const place = (text: string) => {
  const found = findJsonProblem(text);
  return found && `${found.line}:${found.column}`;
};

describe('the position where JSON is invalid', () => {
  it('does not exist in valid JSON', () => {
    for (const text of ['{}', ' [1, -2.5e3, "a\\u00e4\\n", true, null]\n', '{"a": {"b": []}}', '0']) {
      assert.equal(place(text), undefined, text);
    }
    fc.assert(fc.property(fc.jsonValue(), (value) => place(JSON.stringify(value, null, 1)) === undefined));
  });

  it('is the first invalid character', () => {
    const cases: [string, string][] = [
      ['', '1:1'],
      ['{\n  "a": 1,\n}', '3:1'],
      ['{"a": 1 "b": 2}', '1:9'],
      ["{'a': 1}", '1:2'],
      ['{"a": tru}', '1:7'],
      ['{"a": 01}', '1:8'],
      ['{"a": "x\ny"}', '1:7'],
      ['{"a": "\\x"}', '1:7'],
      ['[1, 2', '1:6'],
      ['{} x', '1:4'],
      ['{"prompt":\n\n  no}', '3:3'],
    ];
    for (const [text, expected] of cases) assert.equal(place(text), expected, text);
  });

  it('is found wherever JSON is cut off', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(), (value, at) => {
        const text = JSON.stringify({ value });
        return place(text.slice(0, at % text.length)) !== undefined;
      }),
    );
  });
});

describe('indented JSON', () => {
  it('has the same values, and the indentation of other programs', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = indented(JSON.stringify(value));
        assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
      }),
    );
    const value = { a: [1, { b: 'x' }], c: {}, d: [] };
    assert.equal(indented(JSON.stringify(value)), JSON.stringify(value, null, 2));
    assert.equal(indented('no JSON: {'), 'no JSON: {');
  });

  it('is formatted again for another text', () => {
    const layOut = indentedOnce();
    for (const text of ['[1]', '[1]', '{}', 'no JSON', '[1]']) assert.equal(layOut(text), indented(text));
  });

  it('keeps numbers and strings as written', () => {
    assert.equal(
      indented('{"id":9007199254740993,"ratio":1.0,"text":"\\u00e4"}'),
      '{\n  "id": 9007199254740993,\n  "ratio": 1.0,\n  "text": "\\u00e4"\n}',
    );
  });
});
