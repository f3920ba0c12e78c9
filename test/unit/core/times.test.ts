import assert from 'node:assert/strict';
import {
  localText,
  localWords,
  parseDelay,
  parseInstant,
  parseTime,
  withLocalTimes,
} from '../../../src/core/times';
import { inZone } from '../../support/fakeClock';

/** The instant as ISO text, or null where it is refused. */
function read(text: string, zoneless: 'local' | 'refused' = 'local'): string | null {
  const ms = parseInstant(text, zoneless);
  return ms === null ? null : new Date(ms).toISOString();
}

describe('Times that callers give', () => {
  const accepted: [string, string][] = [
    ['2026-01-31T09:00:00Z', '2026-01-31T09:00:00.000Z'],
    [' 2026-01-31t09:00z ', '2026-01-31T09:00:00.000Z'],
    ['2026-01-31 09:00Z', '2026-01-31T09:00:00.000Z'],
    ['2026-01-31T10:00+01:00', '2026-01-31T09:00:00.000Z'],
    ['2026-01-31T10:00+0100', '2026-01-31T09:00:00.000Z'],
    ['2026-01-31T10:00+01', '2026-01-31T09:00:00.000Z'],
    ['2026-01-31T00:15-09:30', '2026-01-31T09:45:00.000Z'],
    ['2026-01-31T09:00:00.5Z', '2026-01-31T09:00:00.500Z'],
    ['2026-01-31T09:00:00,25Z', '2026-01-31T09:00:00.250Z'],
    ['2026-01-31T09:00:00.123999Z', '2026-01-31T09:00:00.123Z'],
    ['2026-01-31T24:00Z', '2026-02-01T00:00:00.000Z'],
    ['2026-12-31T24:00:00.000+01:00', '2026-12-31T23:00:00.000Z'],
    ['2024-02-29T00:00Z', '2024-02-29T00:00:00.000Z'],
    ['2000-02-29T00:00Z', '2000-02-29T00:00:00.000Z'],
    ['0099-01-01T00:00Z', '0099-01-01T00:00:00.000Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
  ];
  for (const [text, instant] of accepted) {
    it(`may be ${JSON.stringify(text)}`, () => assert.equal(read(text, 'refused'), instant));
  }

  const refused: Record<string, string[]> = {
    'words and other forms': ['tomorrow 9', 'Jan 5', 'Jan 5 2026', '5 Jan 2026 09:00', '1/5/2026', 'now', ''],
    numbers: ['-1', '0', '30', '2026', '1769853600', '20260131', '1e3'],
    'days that do not exist': [
      '2026-02-30',
      '2026-02-29',
      '1900-02-29',
      '2026-04-31',
      '2026-13-01',
      '2026-00-10',
    ],
    'times that do not exist': [
      'T25:00Z',
      'T24:01Z',
      'T24:00:01Z',
      'T09:60Z',
      'T09:00:60Z',
      'T9:00Z',
      'T09Z',
      'TZ',
    ].map((time) => `2026-01-31${time}`),
    'offsets that do not exist': ['+24:00', '+01:60', '+1', '+1:00', '+', ' +01:00', 'CET', 'UTC'].map(
      (zone) => `2026-01-31T09:00${zone}`,
    ),
    'weeks, ordinal days, months, repeats': [
      '2026-W05-6',
      '2026W056',
      '2026-031',
      '2026-01',
      'P1D',
      'PT10M',
      'R/2026-01-31',
    ],
    'years of more than four digits': ['+010000-01-01T00:00Z', '-000001-12-31T00:00Z', '10000-01-01'],
    'what cannot be stored': ['0000-01-01T00:00+01:00', '9999-12-31T24:00Z', '9999-12-31T23:59:59-01:00'],
  };
  for (const [what, texts] of Object.entries(refused)) {
    it(`may not be ${what}`, () => {
      for (const text of texts) assert.equal(read(text), null, text);
    });
  }

  it('are local without a zone, and a day alone is its midnight', () => {
    assert.equal(parseInstant('2026-01-31T09:00', 'local'), new Date(2026, 0, 31, 9).getTime());
    assert.equal(
      parseInstant('2026-01-31 09:00:01.5', 'local'),
      new Date(2026, 0, 31, 9, 0, 1, 500).getTime(),
    );
    assert.equal(parseInstant('2026-01-31', 'local'), new Date(2026, 0, 31).getTime());
    assert.equal(parseInstant('2026-01-31T24:00', 'local'), new Date(2026, 1, 1).getTime());
    inZone('America/New_York', () => assert.equal(read('2026-01-31'), '2026-01-31T05:00:00.000Z'));
    inZone('Asia/Kolkata', () => assert.equal(read('2026-01-31'), '2026-01-30T18:30:00.000Z'));
  });

  it('are refused without a zone where the caller may be elsewhere', () => {
    for (const text of ['2026-01-31', '2026-01-31T09:00', '2026-01-31 09:00:00']) {
      assert.equal(read(text, 'refused'), null);
    }
  });

  it('are moved on where the clock is set forward, and the first of two where it is set back', () => {
    inZone('Europe/Berlin', () => {
      assert.equal(read('2026-03-29T02:30'), '2026-03-29T01:30:00.000Z');
      assert.equal(read('2026-03-29T03:00'), '2026-03-29T01:00:00.000Z');
      assert.equal(read('2026-10-25T02:30'), '2026-10-25T00:30:00.000Z');
    });
    // No midnight that day: the clock went from 24:00 to 1:00.
    inZone('Africa/Cairo', () => assert.equal(read('2026-04-24'), '2026-04-23T22:00:00.000Z'));
  });

  it('may be delays', () => {
    const now = Date.parse('2026-01-31T09:00:00Z');
    const seconds: [string, number][] = [
      ['90s', 90],
      ['10m', 600],
      ['2h', 7200],
      ['3d', 259_200],
      ['1w', 604_800],
      [' 1.5H ', 5400],
      ['0s', 0],
    ];
    for (const [text, delay] of seconds) {
      assert.equal(parseDelay(text), delay);
      assert.equal(parseTime(text, now, 'refused'), now + delay * 1000);
    }
    assert.equal(parseTime('2026-01-31T10:00Z', now, 'refused'), now + 3_600_000);
    for (const text of ['-10m', '10', '10x', '10 minutes', 'm', '1h30m', '1e3s', `${'9'.repeat(400)}s`]) {
      assert.equal(parseDelay(text), null, text);
      assert.equal(parseTime(text, now, 'refused'), null, text);
    }
    assert.equal(parseTime('99999999999w', now, 'refused'), null);
    assert.deepEqual(
      [parseDelay('10', 's'), parseDelay('3', 'd'), parseDelay('3h', 'd')],
      [10, 259_200, 10_800],
    );
  });
});

describe('Times for people', () => {
  const at = '2026-01-31T09:00:05.250000Z';

  it('are local, with their zone', () => {
    const texts: [string, string, string][] = [
      ['Europe/Berlin', '2026-01-31T10:00:05+01:00', '10:00 UTC+01:00'],
      ['America/St_Johns', '2026-01-31T05:30:05-03:30', '05:30 UTC-03:30'],
      ['UTC', '2026-01-31T09:00:05Z', '09:00 UTC'],
    ];
    for (const [zone, text, words] of texts) {
      inZone(zone, () => {
        assert.equal(localText(at), text);
        assert.equal(localWords(at, Date.parse(at)), words);
        assert.equal(parseInstant(localText(at), 'refused'), Date.parse('2026-01-31T09:00:05Z'));
      });
    }
  });

  it('have the day unless it is today', () => {
    const yesterday = Date.parse(at) - 86_400_000;
    inZone('Europe/Berlin', () => assert.equal(localWords(at, yesterday), '2026-01-31 10:00 UTC+01:00'));
  });

  it('are told in local time where a stored text has them', () => {
    const text = 'LOST: No heartbeat from w1 since 2026-01-31T09:00:05.123456Z';
    inZone('Europe/Berlin', () =>
      assert.equal(withLocalTimes(text, Date.parse(at)), 'LOST: No heartbeat from w1 since 10:00 UTC+01:00'),
    );
  });

  it('stay as they are where they are none', () => assert.equal(localText('long ago'), 'long ago'));
});
