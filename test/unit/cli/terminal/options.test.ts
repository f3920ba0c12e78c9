import assert from 'node:assert/strict';
import { instant, parseSeconds } from '../../../../src/cli/terminal/options';
import { toInstant } from '../../../../src/core/clock';

describe('The options of the command line', () => {
  it('read a time, local where it names no zone', () => {
    const read = instant('not-before');
    assert.equal(read('2026-01-31T10:00:00+01:00'), '2026-01-31T09:00:00.000000Z');
    assert.equal(read('2026-01-31T09:00'), toInstant(new Date(2026, 0, 31, 9).getTime()));
    assert.equal(read('2026-01-31'), toInstant(new Date(2026, 0, 31).getTime()));
  });

  it('refuse what is no time, with an example', () => {
    for (const odd of ['tomorrow 9', 'Jan 5', '-1', '30', '3pm', '2026-02-30', '']) {
      assert.throws(() => instant('not-before')(odd), {
        code: 'invalid_field',
        message: `Invalid not-before: ${odd}`,
        hint: /2026-01-31T09:00 .* 10m/,
      });
    }
  });

  it('read a length of time in seconds, or with its unit', () => {
    assert.deepEqual(['90', '1.5', '90s', '10m'].map(parseSeconds), [90, 1.5, 90, 600]);
    for (const odd of ['-1', 'soon', '', '10x']) assert.throws(() => parseSeconds(odd));
  });
});
