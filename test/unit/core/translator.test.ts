import assert from 'node:assert/strict';
import { english, retell } from '../../../src/core/translator';
import { waitingIn, waitingSentences } from '../../../src/core/waiting';

describe('Texts for readers of other languages', () => {
  const shouting = { t: (text: string, ...values: unknown[]) => `${text.toUpperCase()} ${values.join('+')}` };

  it('have their values in their places', () => {
    assert.equal(english.t('{1} after {0}', 'first', 2), '2 after first');
  });

  it('are told again with the values that they had', () => {
    assert.equal(retell('Behind a (b).', ['Behind {0}.'], shouting), 'BEHIND {0}. a (b)');
    assert.equal(retell('Never said', ['Behind {0}.'], shouting), 'Never said');
  });

  it('tell each sentence about waiting from the others', () => {
    for (const sentence of waitingSentences) {
      const said = english.t(sentence, 'one', 'two');
      const values = sentence.match(/\{\d\}/g)?.length ?? 0;
      assert.equal(
        waitingIn(said, shouting),
        shouting.t(sentence, ...['one', 'two'].slice(0, values)),
        sentence,
      );
    }
  });
});
