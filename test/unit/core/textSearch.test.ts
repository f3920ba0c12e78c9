import assert from 'node:assert/strict';
import { finds, folded, valuesIn } from '../../../src/core/textSearch';

const found = (wanted: string, json: string, texts = '') => finds(folded(wanted), json, texts);

describe('Searching', () => {
  it('finds values as they read, not as they are written', () => {
    const payload = JSON.stringify({ prompt: 'Fix the "login" test\nin C:\\temp', n: [{ path: 'ä/b' }] });
    for (const text of ['"login"', 'test\nin', 'C:\\temp', 'ä/b', 'FIX THE'])
      assert.ok(found(text, payload), text);
    for (const text of ['prompt', 'path', '\\"', '\\n', '{', '":"', '","'])
      assert.ok(!found(text, payload), text);
    assert.ok(found('ä/b', '{"p":"\\u00e4\\/b"}'));
  });

  it('finds numbers as they were given, and words except null', () => {
    const payload = '{"id":1970670598291982290,"v":1.10,"yes":true,"no":null,"word":"null and void"}';
    for (const text of ['1970670598291982290', '1.10', 'TRUE', 'null and'])
      assert.ok(found(text, payload), text);
    assert.ok(!found('null', '{"a":null}'));
    assert.ok(!found('1.1', '{"a":1,"b":1}'));
  });

  it('does not join values', () => {
    assert.ok(!found('ab', '["a","b"]'));
    assert.ok(!found('12', '[1,2]'));
  });

  it('folds case as Unicode does', () => {
    const pairs = [
      'Ärger/ärger',
      'ПРИВЕТ/привет',
      'STRASSE/straße',
      'STRAẞE/strasse',
      'ΟΔΟΣ/οδος',
      'ﬁne/FINE',
    ];
    for (const pair of pairs) {
      const [a = '', b = ''] = pair.split('/');
      assert.ok(found(a, JSON.stringify([b])) && found(b, '{}', a), pair);
    }
    assert.ok(found('\u00e4', '{}', 'A\u0308rger'));
    assert.ok(!found('a', '{}', 'ä'));
  });

  it('takes a text that is not JSON as it is', () => {
    assert.equal(valuesIn('prompt: "x"'), 'prompt: "x"');
    assert.ok(found('prompt', 'prompt without JSON'));
    assert.ok(found('cut', '{"a":"cut off'));
  });
});
