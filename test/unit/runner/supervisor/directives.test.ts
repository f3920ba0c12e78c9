import assert from 'node:assert/strict';
import {
  type Directive,
  DirectiveFilter,
  parseDirective,
} from '../../../../src/runner/supervisor/directives';

/** What a filter makes of `chunks`. */
function filter(...chunks: string[]): { output: string; directives: Directive[] } {
  const directives: Directive[] = [];
  const strainer = new DirectiveFilter((directive) => directives.push(directive));
  const kept = chunks.map((chunk) => strainer.push(Buffer.from(chunk)));
  return { output: Buffer.concat([...kept, strainer.end()]).toString(), directives };
}

describe('directives of a script', () => {
  it('parses progress with and without a message', () => {
    assert.deepEqual(parseDirective('::sparkq progress 40 linking the parts::'), {
      kind: 'progress',
      progress: { percent: 40, message: 'linking the parts' },
    });
    assert.deepEqual(parseDirective('::sparkq progress 99.5%::\r'), {
      kind: 'progress',
      progress: { percent: 99.5, message: null },
    });
  });

  it('parses a result that is a JSON object', () => {
    const json = '{"summary": "3 files :: done"}';
    assert.deepEqual(parseDirective(`::sparkq result ${json}::`), { kind: 'result', json });
  });

  it('treats anything else as output', () => {
    for (const line of [
      '::sparkq progress::',
      '::sparkq progress 101::',
      '::sparkq progress half::',
      '::sparkq result 5::',
      '::sparkq result [1]::',
      '::sparkq result {::',
      '::sparkq dance::',
      ' ::sparkq progress 1::',
      '::sparkq progress 1',
    ]) {
      assert.equal(parseDirective(line), null, line);
    }
  });

  it('removes directives from the output and keeps every other byte', () => {
    const { output, directives } = filter('one\n::sparkq progress 10::\ntwo\n::sparkq nothing::\n\n::three');
    assert.equal(output, 'one\ntwo\n::sparkq nothing::\n\n::three');
    assert.equal(directives.length, 1);
  });

  it('does not depend on where chunks are cut', () => {
    const text =
      'a\n::sparkq progress 10 x::\n::sparkq result {"summary":"ü"}::\n:b\n::\nc::sparkq progress 1::\n::sparkq progress 20::';
    const whole = filter(text);
    assert.equal(whole.directives.length, 3);
    for (let cut = 1; cut < text.length; cut += 1) {
      assert.deepEqual(filter(text.slice(0, cut), text.slice(cut)), whole, `cut at ${cut}`);
    }
    assert.deepEqual(filter(...text), whole);
  });

  it('passes output on at once unless it may be the start of a directive', () => {
    const strainer = new DirectiveFilter(() => {});
    assert.equal(strainer.push(Buffer.from('no newline yet')).toString(), 'no newline yet');
    assert.equal(strainer.push(Buffer.from(' still\n::spar')).toString(), ' still\n');
    assert.equal(strainer.push(Buffer.from('ta')).toString(), '::sparta');
  });

  it('passes on a line that is too long for a directive', () => {
    const line = `::sparkq result ${'x'.repeat(300 * 1024)}`;
    const strainer = new DirectiveFilter(() => {});
    assert.equal(strainer.push(Buffer.from(line)).toString(), line);
  });
});
