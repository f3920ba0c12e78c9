import assert from 'node:assert/strict';
import fc from 'fast-check';
import { checkTimes, lastTime, nextTime } from '../../../src/config/timetable';
import { QueueError } from '../../../src/core/errors';

const berlin = 'Europe/Berlin';
const at = (text: string): number => Date.parse(text);

/** So many times in a row, in UTC. */
function timesAfter(cron: string, zone: string, from: string, count: number): string[] {
  const times: string[] = [];
  for (let time = nextTime(cron, zone, at(from)); time !== null && times.length < count; ) {
    times.push(new Date(time).toISOString().slice(0, 16));
    time = nextTime(cron, zone, time);
  }
  return times;
}

describe('The times of a schedule', () => {
  it('are those of its zone', () => {
    assert.deepEqual(timesAfter('0 2 * * *', berlin, '2026-01-31T09:00:00Z', 2), [
      '2026-02-01T01:00',
      '2026-02-02T01:00',
    ]);
    assert.deepEqual(timesAfter('0 2 * * *', 'Asia/Kolkata', '2026-01-31T09:00:00Z', 1), [
      '2026-01-31T20:30',
    ]);
    assert.deepEqual(timesAfter('@daily', 'UTC', '2026-01-31T09:00:00Z', 1), ['2026-02-01T00:00']);
    assert.deepEqual(timesAfter('  30  9 * *  MON-FRI ', 'UTC', '2026-01-31T09:00:00Z', 2), [
      '2026-02-02T09:30',
      '2026-02-03T09:30',
    ]);
  });

  it('come as soon as clocks show a later time, where they are set forward over one', () => {
    assert.deepEqual(timesAfter('30 2 * * *', berlin, '2026-03-28T12:00:00Z', 2), [
      '2026-03-29T01:00',
      '2026-03-30T00:30',
    ]);
    assert.deepEqual(timesAfter('30 2,14 * * *', berlin, '2026-03-28T12:00:00Z', 3), [
      '2026-03-28T13:30',
      '2026-03-29T01:00',
      '2026-03-29T12:30',
    ]);
  });

  it('come once, where clocks are set back and show one twice; those at an interval come on', () => {
    assert.deepEqual(timesAfter('30 2 * * *', berlin, '2026-10-24T12:00:00Z', 2), [
      '2026-10-25T00:30',
      '2026-10-26T01:30',
    ]);
    assert.deepEqual(timesAfter('*/30 * * * *', berlin, '2026-10-25T00:00:00Z', 3), [
      '2026-10-25T00:30',
      '2026-10-25T01:00',
      '2026-10-25T01:30',
    ]);
  });

  it('follow each other, seen from either side, wherever clocks change', () => {
    const zones = [
      berlin,
      'America/New_York',
      'Australia/Lord_Howe',
      'Africa/Casablanca',
      'Pacific/Apia',
      'UTC',
    ];
    const expressions = [
      '30 2 * * *',
      '*/7 * * * *',
      '0 2,3 * * *',
      '15 1-3 * * *',
      '0 0 L * *',
      '5 */2 * * SUN',
    ];
    const year = { min: at('2026-01-01T00:00:00Z'), max: at('2027-01-01T00:00:00Z') };
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.constantFrom(...expressions),
        fc.integer(year),
        (zone, cron, from) => {
          const next = nextTime(cron, zone, from) ?? Number.NaN;
          assert.ok(next > from);
          assert.equal(lastTime(cron, zone, next), next);
          const last = lastTime(cron, zone, next - 1) ?? Number.NaN;
          assert.ok(last <= from, 'no other time in between');
          assert.equal(nextTime(cron, zone, last), next);
        },
      ),
    );
  });

  for (const [cron, sentence] of [
    ['99 * * * *', /^Invalid cron: 99 \* \* \* \*: .*minute: 99$/],
    ['0 25 * * *', /hour: 25$/],
    ['0 2 * *', /^Invalid cron: 0 2 \* \*$/],
    ['* * * * * *', /^Invalid cron: /],
    ['tomorrow', /^Invalid cron: tomorrow$/],
    ['2026-11-28T02:00:00', /^Invalid cron: 2026/],
    ['@reboot', /^Invalid cron: @reboot/],
    ['@often', /^Invalid cron: @often/],
    ['a b c d e', /\(a\)/],
    ['*/0 * * * *', /stepping/],
    ['0 0 30 2 *', /^Invalid cron: 0 0 30 2 \*$/],
  ] as const) {
    it(`are refused as ${cron}`, () => {
      assert.throws(
        () => checkTimes(cron, 'UTC', at('2026-01-31T09:00:00Z')),
        (error) =>
          QueueError.is(error, 'invalid_field') &&
          sentence.test(error.message) &&
          /0 2 \* \* \*|no such day/.test(error.hint ?? ''),
      );
    });
  }

  for (const zone of ['Mars/Base', '+02:00', 'local', '']) {
    it(`are refused in the zone "${zone}"`, () => {
      assert.throws(
        () => checkTimes('0 2 * * *', zone, at('2026-01-31T09:00:00Z')),
        (error) =>
          QueueError.is(error, 'invalid_field') &&
          error.message === `Invalid zone: ${zone}` &&
          /Europe\/Berlin/.test(error.hint ?? ''),
      );
    });
  }
});
