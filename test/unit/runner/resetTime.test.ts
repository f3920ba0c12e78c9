import assert from 'node:assert/strict';
import { resetTimeIn, resetTimeOf } from '../../../src/runner/resetTime';
import { inZone } from '../../support/fakeClock';

const at = (time: string) => Date.parse(time);
const read = (line: string, now: string) => {
  const found = resetTimeIn(line, at(now));
  return found === null ? null : new Date(found).toISOString().replace(':00.000', '');
};

/** What agents have been seen to print, with the time at which they do and the time that is meant. */
const announced: [zone: string, now: string, line: string, reset: string][] = [
  ['UTC', '2025-08-11T10:00:00Z', 'Claude AI usage limit reached|1754913600', '2025-08-11T12:00Z'],
  ['UTC', '2026-11-28T10:00:00Z', '5-hour limit reached ∙ resets 3pm', '2026-11-28T15:00Z'],
  ['Europe/Berlin', '2026-11-28T10:00:00Z', '5-hour limit reached ∙ resets 3pm', '2026-11-28T14:00Z'],
  ['America/New_York', '2026-11-28T21:00:00Z', '5-hour limit reached ∙ resets 3pm', '2026-11-29T20:00Z'],
  [
    'UTC',
    '2026-11-28T10:00:00Z',
    "You've hit your limit · resets 8pm (America/New_York)",
    '2026-11-29T01:00Z',
  ],
  [
    'Asia/Tokyo',
    '2026-11-28T10:00:00Z',
    "You've hit your session limit · resets 10:30am (Europe/Berlin)",
    '2026-11-29T09:30Z',
  ],
  [
    'Asia/Tokyo',
    '2026-11-26T10:00:00Z',
    "You've hit your weekly limit · resets Nov 28, 9am (UTC)",
    '2026-11-28T09:00Z',
  ],
  ['UTC', '2026-11-26T10:00:00Z', 'Weekly limit reached, resets Monday 9am', '2026-11-30T09:00Z'],
  ['Asia/Tokyo', '2026-11-28T10:00:00Z', "You're out of extra usage · resets 6pm (UTC)", '2026-11-28T18:00Z'],
  ['UTC', '2026-11-28T10:00:00Z', "You've hit your usage limit. Try again at 12:16 PM.", '2026-11-28T12:16Z'],
  ['UTC', '2026-04-20T10:00:00Z', 'try again at Apr 28th, 2026 10:03 PM.', '2026-04-28T22:03Z'],
  ['UTC', '2026-11-28T10:00:00Z', 'try again in 2 days 17 hours 14 minutes.', '2026-12-01T03:14Z'],
  ['UTC', '2026-11-28T10:00:00Z', 'rate limited: retry after 60', '2026-11-28T10:01Z'],
  // Over midnight, over New Year, and where clocks are set forward and back.
  ['Europe/Berlin', '2026-11-28T22:30:00Z', 'limit reached ∙ resets 12am', '2026-11-28T23:00Z'],
  ['UTC', '2026-12-31T23:30:00Z', 'limit reached ∙ resets 2am', '2027-01-01T02:00Z'],
  ['Europe/Berlin', '2026-12-31T22:30:00Z', 'resets Jan 1, 9am (America/New_York)', '2027-01-01T14:00Z'],
  ['UTC', '2026-12-30T10:00:00Z', 'try again at Dec 31st, 2026 11:59 PM.', '2026-12-31T23:59Z'],
  ['Europe/Berlin', '2026-03-28T12:00:00Z', 'resets 9am', '2026-03-29T07:00Z'],
  ['UTC', '2026-10-24T12:00:00Z', 'resets 9am (Europe/Berlin)', '2026-10-25T08:00Z'],
];

describe('When a limit ends', () => {
  it('is read from what agents say', () => {
    for (const [zone, now, line, reset] of announced) {
      inZone(zone, () => assert.equal(read(line, now), reset, `${line} in ${zone}`));
    }
  });

  it('is the same moment in every zone where the text says one, and that of the local clock where it does not', () => {
    const zones = ['UTC', 'Asia/Tokyo', 'America/New_York', 'Europe/Berlin'];
    const saysWhen = /\||\(|in \d|after \d/;
    const clocks = {
      '3pm': '15:00',
      '12:16 PM': '12:16',
      '10:03 PM': '22:03',
      '12am': '0:00',
      '2am': '2:00',
    };
    let local = 0;
    for (const [, now, line, reset] of announced) {
      const [, clock] = Object.entries(clocks).find(([text]) => line.includes(`${text}`)) ?? [];
      for (const zone of zones)
        inZone(zone, () => {
          if (saysWhen.test(line)) assert.equal(read(line, now), reset, `${line} in ${zone}`);
          else if (clock !== undefined) {
            local += 1;
            const found = new Date(resetTimeIn(line, at(now)) ?? 0);
            const shown = `${found.getHours()}:${String(found.getMinutes()).padStart(2, '0')}`;
            assert.equal(shown, clock, `${line} in ${zone}`);
            assert.ok(found.getTime() > at(now), `${line} in ${zone}`);
          }
        });
    }
    assert.ok(local >= 7 * zones.length, `${local} local times`);
  });

  it('is read from what a pattern captures', () => {
    const now = at('2026-01-31T09:00:00Z');
    const times: [string, number][] = [
      ['1769853600', 1_769_853_600_000],
      ['1769853600000', 1_769_853_600_000],
      ['2026-01-31T12:00:00Z', at('2026-01-31T12:00:00Z')],
      ['10m', now + 600_000],
      ['1h 5m', now + 3_900_000],
      ['15:00 UTC', at('2026-01-31T15:00:00Z')],
      ['24:00 UTC', at('2026-02-01T00:00:00Z')],
      ['12pm (UTC)', at('2026-01-31T12:00:00Z')],
    ];
    for (const [text, time] of times) assert.equal(resetTimeOf(text, now), time, text);
  });

  it('is not read from other text, nor where it has passed', () => {
    const now = at('2026-01-31T09:00:00Z');
    for (const text of [
      ...[
        '',
        'soon',
        '9',
        '30',
        '123456',
        '25:00',
        '24:01',
        '12:60',
        '99pm',
        '13pm',
        '0am',
        '3:60pm',
        '15:00pm',
        'pm',
      ],
      ...[
        '2020-01-01',
        '2026-02-30',
        'Jan 5 2027',
        'Feb 30, 9am (UTC)',
        '9am (Nowhere/Land)',
        '0s',
        '8:55am (UTC)',
      ],
    ])
      assert.equal(resetTimeOf(text, now), null, text);
    for (const line of ['5-hour limit reached', 'fixed the rate limit of 30 s', 'resets the counter at 9'])
      assert.equal(resetTimeIn(line, now), null, line);
  });
});
