import assert from 'node:assert/strict';
import { type ErrorCode, QueueError } from '../../../src/core/errors';
import {
  checkInstant,
  checkKillAfter,
  checkName,
  checkPage,
  checkPayload,
  checkSearch,
  checkSummary,
  checkTime,
  checkTimeout,
  checkWhole,
  payloadLimit,
  requireText,
} from '../../../src/core/validation';

function refuses(call: () => unknown, code: ErrorCode, message: string | RegExp): void {
  assert.throws(call, (error) => {
    assert.ok(QueueError.is(error, code));
    if (typeof message === 'string') assert.equal(error.message, message);
    else assert.match(error.message, message);
    return true;
  });
}

describe('Validation', () => {
  it('trims text, and requires some', () => {
    assert.equal(requireText('Stream', ' a b '), 'a b');
    for (const blank of ['', ' \t\n', undefined, null]) {
      refuses(() => requireText('Stream', blank), 'missing_field', 'Stream is required');
    }
  });

  it('accepts names of 1 to 200 characters that are neither dots nor ids', () => {
    for (const name of ['a', 'x'.repeat(200), 'Grün & blau/1', 'str_', '...', 'tsk_0123456789AB']) {
      assert.equal(checkName('stream', ` ${name} `), name);
    }
    refuses(() => checkName('session', ' '), 'missing_field', 'Session name is required');
    refuses(
      () => checkName('stream', 'tsk_0123456789ab'),
      'invalid_field',
      'Invalid stream name: tsk_0123456789ab',
    );
    refuses(() => checkName('stream', 'a\tb'), 'invalid_field', 'Invalid stream name: "a\\tb"');
    refuses(() => checkName('stream', 'x'.repeat(201)), 'invalid_field', /^Invalid stream name: x{79}…$/);
  });

  it('accepts whole numbers within their range', () => {
    assert.equal(checkWhole('limit', 0, 0), 0);
    refuses(() => checkWhole('limit', -1, 0), 'invalid_field', 'Invalid limit: -1');
    refuses(() => checkWhole('pid', 1.5, 1), 'invalid_field', 'Invalid pid: 1.5');
    refuses(() => checkWhole('n', 11, 0, 10), 'invalid_field', 'Invalid n: 11');
    assert.equal(checkTimeout(1), 1);
    for (const timeout of [0, -5, 0.5, Number.POSITIVE_INFINITY]) {
      refuses(() => checkTimeout(timeout), 'invalid_field', /^Invalid timeout: /);
      refuses(() => checkKillAfter(timeout), 'invalid_field', /^Invalid kill_after: /);
    }
    // What follows from the longest timeout may be given as well, as by whoever copies the row.
    assert.equal(checkKillAfter(2 * checkTimeout(1_000_000_000)), 2_000_000_000);
    refuses(() => checkTimeout(1_000_000_001), 'invalid_field', /^Invalid timeout: /);
    refuses(() => checkKillAfter(2_000_000_001), 'invalid_field', /^Invalid kill_after: /);
  });

  it('converts instants to the stored form', () => {
    assert.equal(checkInstant('not_before', '2026-01-31T10:00:00+01:00'), '2026-01-31T09:00:00.000000Z');
    refuses(() => checkInstant('not_before', 'tomorrow'), 'invalid_field', 'Invalid not_before: tomorrow');
    const last = '9999-12-31T23:59:59.999Z';
    assert.equal(checkInstant('not_before', last), '9999-12-31T23:59:59.999000Z');
    // These would sort before all others.
    for (const odd of ['+010000-01-01T00:00:00Z', '-000001-12-31T00:00:00Z']) {
      refuses(() => checkInstant('not_before', odd), 'invalid_field', `Invalid not_before: ${odd}`);
    }
  });

  it('takes a delay for the time at which it ends', () => {
    const now = Date.parse('2026-01-31T09:00:00Z');
    assert.equal(checkTime('not_before', '10m', now), '2026-01-31T09:10:00.000000Z');
    assert.equal(checkTime('not_before', '2026-01-31T10:00:00+01:00', now), '2026-01-31T09:00:00.000000Z');
    for (const odd of ['tomorrow 9', 'Jan 5', '-1', '30', '2026-02-30', '2026-01-31', '2026-01-31T09:00']) {
      refuses(() => checkTime('not_before', odd, now), 'invalid_field', `Invalid not_before: ${odd}`);
    }
    refuses(() => checkInstant('since', '10m'), 'invalid_field', 'Invalid since: 10m');
  });

  it('fills in and limits pages', () => {
    assert.deepEqual(checkPage({}), { limit: 100, offset: 0 });
    assert.deepEqual(checkPage({ limit: 2000, offset: 7 }), { limit: 1000, offset: 7 });
  });

  it('accepts a payload as an object or as JSON text', () => {
    assert.equal(checkPayload(undefined, undefined), '{}');
    assert.equal(checkPayload(undefined, 'p'), '{"prompt":"p"}');
    refuses(() => checkPayload('', 'p'), 'invalid_field', 'Invalid payload: (empty)');
    assert.equal(checkPayload('{"a": 1}', undefined), '{"a": 1}');
    assert.equal(checkPayload({ prompt: 'old', b: 2 }, 'new'), '{"prompt":"new","b":2}');
    refuses(() => checkPayload('{', undefined), 'invalid_field', 'Invalid payload: {');
  });

  it('keeps the numbers of a payload digit for digit, also when a prompt is set', () => {
    const given =
      '{"id": 1970670598291982290, "a": [1.10, 1e400, -0], "prompt": "old", "deep": {"prompt": 7.0}}';
    assert.equal(checkPayload(given, undefined), given);
    assert.equal(checkPayload(given, 'new "p"'), given.replace('"old"', '"new \\"p\\""'));
    assert.equal(checkPayload(' { } ', 'p'), ' { "prompt":"p"} ');
    assert.equal(checkPayload('{"n": 1.0}', 'p'), '{"n": 1.0,"prompt":"p"}');
  });

  it('limits the depth and the size of a payload', () => {
    const nested = (levels: number) => `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;
    assert.equal(checkPayload(nested(200), undefined), nested(200));
    const deep = 'Invalid payload: nested more than 200 levels deep';
    for (const levels of [201, 300, 100_000]) {
      refuses(() => checkPayload(nested(levels), undefined), 'invalid_field', deep);
    }
    assert.equal(checkPayload('{"a":"[[["}', undefined), '{"a":"[[["}');
    const sized = (text: string) => JSON.stringify({ prompt: text });
    const room = payloadLimit - sized('').length;
    assert.equal(checkPayload(sized('a'.repeat(room)), undefined).length, payloadLimit);
    const large = 'Payload is larger than 4 MB';
    refuses(() => checkPayload(sized('a'.repeat(room + 1)), undefined), 'too_large', large);
    refuses(() => checkPayload(undefined, '😀'.repeat(room / 4 + 1)), 'too_large', large);
  });

  it('limits the text to search for', () => {
    assert.equal(checkSearch(undefined), undefined);
    assert.equal(checkSearch('  '), undefined);
    assert.equal(checkSearch(` ${'x'.repeat(1000)} `), 'x'.repeat(1000));
    const sentence = 'The text to search for has 60000 characters; at most 1000 are allowed';
    refuses(() => checkSearch('x'.repeat(60_000)), 'invalid_filter', sentence);
  });

  it('finds the summary in a result', () => {
    assert.equal(checkSummary(' text '), ' text ');
    assert.equal(checkSummary('{"summary":"s","x":1}'), 's');
    assert.equal(checkSummary('{"x":1}'), '{"x":1}');
    for (const text of ['5', 'true', 'null', '[1]']) assert.equal(checkSummary(text), text);
    refuses(() => checkSummary('{"summary":5}'), 'invalid_field', 'Invalid result summary: 5');
    refuses(() => checkSummary('{"summary":{}}'), 'invalid_field', 'Invalid result summary: {}');
    refuses(() => checkSummary('{"summary":" "}'), 'missing_field', 'Result summary is required');
  });
});
