import assert from 'node:assert/strict';
import { OutputFilter } from '../../../src/core/outputFilter';

function filtered(...pieces: string[]): string {
  const filter = new OutputFilter(false);
  return [...pieces.map((piece) => filter.next(piece)), filter.rest()].join('');
}

describe('the output filter of a terminal', () => {
  it('lets colours and carriage returns pass', () => {
    const text = '\u001b[1;38;2;10;20;30mred\u001b[m 10%\r100%\r\n\tdone\n';
    assert.equal(filtered(text), text);
  });

  it('leaves out cursor movements and character sets', () => {
    assert.equal(filtered('a\u001b[2K\u001b[1A\u001b[?25l\u001b[?1049hb\u001b(B\u001b[mc'), 'ab\u001b[mc');
  });

  it('shows everything else as symbols', () => {
    assert.equal(
      filtered('\u001b]52;c;eA==\u0007\u001b]8;;http://x\u001b\\\u009b2J\u202e\u0000\b\u001bc\u001b'),
      '␛]52;c;eA==␇␛]8;;http://x␛\\\ufffd2J\ufffd␀␈␛c␛',
    );
  });

  it('lets what may draw move the cursor, and do no more', () => {
    const drawn = '\u001b[1A\u001b[2K\u001b(B\u001b[?25l\b\r\u001b[31mx';
    assert.equal(new OutputFilter(true).next(`${drawn}\u001b]52;c;eA==\u0007`), `${drawn}␛]52;c;eA==␇`);
  });

  it('does the same wherever the output is split', () => {
    const text = 'x\u001b[31mred\u001b[2J\u001b]0;t\u0007\u001b(B\r\n\u001b[0m';
    const whole = filtered(text);
    for (let at = 0; at <= text.length; at++)
      assert.equal(filtered(text.slice(0, at), text.slice(at)), whole);
    assert.equal(filtered(...text), whole);
  });

  it('holds back little of a sequence that never ends', () => {
    const filter = new OutputFilter(false);
    assert.equal(filter.next(`\u001b[${'1'.repeat(1000)}`), `␛[${'1'.repeat(1000)}`);
  });
});
