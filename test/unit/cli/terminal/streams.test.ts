import assert from 'node:assert/strict';
import { styleText } from 'node:util';
import { paintStatus, writeError, writeJson, writeOut } from '../../../../src/cli/terminal/streams';
import { capture, textOn } from '../../../support/capture';

/** Title, clipboard, link, C1 sequence, override of direction, backspace. */
const hostile =
  '\u001b]0;title\u0007 \u001b]52;c;eA==\u0007 \u001b]8;;http://x\u001b\\link \u009b31m \u202egpj.exe a\bb';

describe('text for people', () => {
  for (const terminal of [true, false]) {
    it(`carries no control sequences into a ${terminal ? 'terminal' : 'pipe'}`, async () => {
      const written = await capture(terminal, () => {
        writeOut(`${hostile}\n\tkept\n`);
        writeError(`Error: ${hostile}\n`);
      });
      const shown = '␛]0;title␇ ␛]52;c;eA==␇ ␛]8;;http://x␛\\link \ufffd31m \ufffdgpj.exe a␈b';
      assert.equal(textOn('stdout', written), `${shown}\n\tkept\n`);
      assert.equal(textOn('stderr', written), `Error: ${shown}\n`);
    });
  }

  it('has statuses in colour on a terminal, and none that was forged', async () => {
    let failed = '';
    const print = () => {
      failed = styleText('red', 'failed  ');
      writeOut(`${paintStatus('failed  ')} \u001b[32msucceeded\u001b[39m\n`);
    };
    assert.equal(textOn('stdout', await capture(true, print)), `${failed} ␛[32msucceeded␛[39m\n`);
    assert.equal(textOn('stdout', await capture(false, print)), 'failed   ␛[32msucceeded␛[39m\n');
  });
});

describe('JSON', () => {
  it('keeps its values, and has nothing that a terminal acts on', async () => {
    const value = { label: hostile, text: 'a\u2028b\u0085c\u007f\r\n\tü 😀' };
    const json = textOn('stdout', await capture(true, () => writeJson(value, 2)));
    assert.deepEqual(JSON.parse(json), value);
    assert.match(json, /^[\n -~ü😀]*$/u);
    assert.match(json, /a\\u2028b\\u0085c\\u007f/);
  });
});
