import assert from 'node:assert/strict';
import { findReferences } from '../../../../src/pages/taskPage/fileReferences';

describe('findReferences', () => {
  const found = (text: string) =>
    findReferences(text).map(({ path, targetLine, targetColumn }) => [path, targetLine, targetColumn]);

  it('finds path:line:column, Python frames and path(line,column)', () => {
    assert.deepEqual(found('at src/app.ts:12:4'), [['src/app.ts', 12, 4]]);
    assert.deepEqual(found('  File "tools/run me.py", line 7, in main'), [['tools/run me.py', 7, 1]]);
    assert.deepEqual(found('src/a.ts(3,14): error'), [['src/a.ts', 3, 14]]);
    assert.deepEqual(found('C:\\work\\a.py:9: oops'), [['C:\\work\\a.py', 9, 1]]);
    assert.deepEqual(found('测试/文件.py:3'), [['测试/文件.py', 3, 1]]);
  });

  it('ignores times and URLs', () => {
    assert.deepEqual(found('12:30:01 started'), []);
  });

  it('returns the position in the text', () => {
    const [reference] = findReferences('first\nsee a.ts:1');
    assert.deepEqual([reference?.line, reference?.start, reference?.end], [1, 4, 10]);
  });

  it('finds several in a line, and one at its end', () => {
    assert.deepEqual(found('a/b.ts:1:2 c.ts:3'), [
      ['a/b.ts', 1, 2],
      ['c.ts', 3, 1],
    ]);
    assert.deepEqual(found('(src/x.ts:7)'), [['src/x.ts', 7, 1]]);
  });

  it('takes linear time, whatever the text contains', () => {
    // With patterns that try each beginning, each of these lines alone takes longer than all may.
    const hostile = [
      'a/'.repeat(4_500),
      `${'a.a'.repeat(3_000)}:`,
      'a/b:1'.repeat(1_900),
      'x(1,'.repeat(2_400),
    ];
    const text = Array.from({ length: 40 }, () => hostile.join('\n')).join('\n');
    const places = findReferences(text);
    assert.equal(places.length % 40, 0);
    assert.ok(places.length > 0);
  });
});
