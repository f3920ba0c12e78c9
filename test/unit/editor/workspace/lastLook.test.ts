import assert from 'node:assert/strict';
import type * as vscode from 'vscode';
import { toInstant } from '../../../../src/core/clock';
import { LastLook } from '../../../../src/editor/workspace/lastLook';

const minute = 60_000;
const evening = Date.UTC(2026, 0, 30, 18);
const morning = Date.UTC(2026, 0, 31, 8);

describe('when somebody last looked', () => {
  let kept: Map<string, unknown>;
  const looks = () =>
    new LastLook({
      get: (key: string, none: unknown) => kept.get(key) ?? none,
      update: async (key: string, value: unknown) => kept.set(key, value),
    } as unknown as vscode.Memento);
  beforeEach(() => {
    kept = new Map();
  });

  it('is an absence from the last look to the next one, half an hour later or more', () => {
    const look = looks();
    assert.equal(look.arrive(evening - 90 * minute), false, 'the first time');
    look.stay(evening);
    assert.equal(look.arrive(morning), true);
    assert.deepEqual(look.absence, { from: toInstant(evening), to: toInstant(morning) });
    look.stay(morning + 5 * minute);
    assert.equal(look.arrive(morning + 34 * minute), false);
    assert.deepEqual(look.absence?.to, toInstant(morning), 'a coffee later it is still due');
  });

  it('outlasts the window, until the summary is dismissed', () => {
    const first = looks();
    first.arrive(evening);
    looks().arrive(morning);
    const again = looks();
    assert.equal(again.absence?.from, toInstant(evening));
    again.dismiss();
    assert.equal(looks().absence, undefined);
    assert.equal(looks().arrive(morning + minute), false);
  });

  it('is noted once a minute while somebody looks', () => {
    const look = looks();
    look.arrive(evening);
    const before = kept.get('lastLook');
    look.stay(evening + minute - 1);
    assert.equal(kept.get('lastLook'), before);
    look.stay(evening + minute);
    assert.deepEqual(kept.get('lastLook'), { last: toInstant(evening + minute), absence: undefined });
  });

  it('may be given', () => {
    const look = looks();
    look.since(evening, morning);
    assert.deepEqual(look.absence, { from: toInstant(evening), to: toInstant(morning) });
  });
});
