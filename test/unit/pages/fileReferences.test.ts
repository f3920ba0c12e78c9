import assert from 'node:assert/strict';
import { findReferences } from '../../../src/pages/fileReferences';

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

  it('takes times and addresses for what they are', () => {
    assert.deepEqual(found('12:30:01 started'), []);
  });

  it('says where in the document it stands', () => {
    const [reference] = findReferences('first\nsee a.ts:1');
    assert.deepEqual([reference?.line, reference?.start, reference?.end], [1, 4, 10]);
  });
});
