import assert from 'node:assert/strict';
import {
  ExactNumber,
  exactJson,
  itemTexts,
  memberText,
  parseExact,
  withMember,
} from '../../../src/core/exactJson';

const numbers =
  '{"id":1970670598291982290,"a":[1.10,1e400,-0,1E+2,0.1e-7],"t":"1.10 \\"2.0\\"","w":[true,null]}';

describe('JSON with exact numbers', () => {
  it('is written as it was read, digit for digit', () => {
    assert.equal(exactJson(parseExact(numbers)), numbers);
    assert.equal(exactJson({ a: parseExact('[1.0]') }, 2), '{\n  "a": [\n    1.0\n  ]\n}');
    assert.equal(exactJson(parseExact(' 1.50 ')), '1.50');
    for (const text of [
      '{"__proto__":{"a":1.0}}',
      '{"a":"\\\\","b":2.0}',
      '{"a":"\\\\\\"","b":2.0}',
      '[]',
      '"1.0"',
    ]) {
      assert.equal(exactJson(parseExact(text)), text);
    }
  });

  it('gives the text of a number', () => {
    const [first] = parseExact('[1970670598291982290]') as unknown[];
    assert.ok(first instanceof ExactNumber);
    assert.equal(first.text, '1970670598291982290');
  });

  it('is not read from what is no JSON', () => {
    for (const text of ['', '{', '{"a":01}', '[1.]', '{"a":"', '"\\', 'nul', '[1 2]']) {
      assert.throws(() => parseExact(text), SyntaxError, text);
    }
  });

  it('gives the text of a member: the last of its name, whatever is inside others', () => {
    const text = '{"x":{"a":1},"a":[2,{"a":3}], "\\u0061" : {"b": [1.0, "}"]} ,"c":"{\\"a\\":4}"}';
    assert.equal(memberText(text, 'a'), '{"b": [1.0, "}"]}');
    assert.equal(memberText(text, 'x'), '{"a":1}');
    assert.equal(memberText(text, 'c'), '"{\\"a\\":4}"');
    assert.equal(memberText(text, 'b'), undefined);
    assert.equal(memberText('{"a": -1.0 }', 'a'), '-1.0');
    assert.equal(memberText('[{"a":1}]', 'b'), undefined);
  });

  it('gives the texts of the items of an array', () => {
    const text = '[ {"a":[1.10, {"b":"]"}]} ,2.0, "x,\\"y" ,[[ ]],null, {}]';
    assert.deepEqual(itemTexts(text), ['{"a":[1.10, {"b":"]"}]}', '2.0', '"x,\\"y"', '[[ ]]', 'null', '{}']);
    assert.deepEqual(itemTexts(' [ ] '), []);
  });

  it('gets a member, and stays as it is otherwise', () => {
    assert.equal(withMember('{}', 'a', '1.0'), '{"a":1.0}');
    assert.equal(withMember('{"b": 2.0}\n', 'a', '"}"'), '{"b": 2.0,"a":"}"}\n');
    assert.equal(withMember('{ "a" : [1, 2] , "b": 1e400}', 'a', 'null'), '{ "a" : null , "b": 1e400}');
  });

  it('takes a time in proportion to its length', () => {
    const long = `{"a":"${'\\\\"\\n'.repeat(200_000)}","b":[${'1.0,'.repeat(100_000)}2]}`.replaceAll(
      '\\\\"',
      '\\"',
    );
    assert.equal(exactJson(parseExact(long)), JSON.stringify(JSON.parse(long)).replaceAll('1,', '1.0,'));
  });
});
