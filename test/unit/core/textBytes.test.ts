import assert from 'node:assert/strict';
import { QueueError } from '../../../src/core/errors';
import { decodeText, textOfBytes } from '../../../src/core/textBytes';

const text = 'Grüße, 世界 😀\n';
const bigEndian = (content: string) => Buffer.from(`\ufeff${content}`, 'utf16le').swap16();

describe('The text of a file', () => {
  it('is read as UTF-8, or as UTF-16 with a byte order mark', () => {
    assert.equal(decodeText(Buffer.from(text)), text);
    assert.equal(decodeText(Buffer.from(`\ufeff${text}`)), text);
    assert.equal(decodeText(Buffer.from(`\ufeff${text}`, 'utf16le')), text);
    assert.equal(decodeText(bigEndian(text)), text);
    assert.equal(decodeText(Buffer.alloc(0)), '');
  });

  it('is nothing else, rather than other characters', () => {
    const others = {
      'Latin-1': Buffer.from('Grüße', 'latin1'),
      'UTF-16 without a mark': Buffer.from('Hello', 'utf16le'),
      'half of a pair': Buffer.from('\ufeffa\ud83d', 'utf16le'),
      'an odd number of bytes': Buffer.from([0xff, 0xfe, 0x61]),
      'UTF-32': Buffer.from([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0]),
      data: Buffer.from([0, 1, 2, 3]),
      'a cut character': Buffer.from('ü').subarray(0, 1),
    };
    for (const [name, bytes] of Object.entries(others)) assert.equal(decodeText(bytes), null, name);
  });

  it('is refused with a sentence that names the file', () => {
    assert.throws(
      () => textOfBytes(Buffer.from([0xe4]), 'The prompt file a.md'),
      (error) =>
        QueueError.is(error, 'invalid_field') &&
        error.message === 'The prompt file a.md is not UTF-8 text' &&
        /Save it as UTF-8/.test(error.hint ?? ''),
    );
  });
});
