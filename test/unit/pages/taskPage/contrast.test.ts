import assert from 'node:assert/strict';
import { contrast, type Rgb, readable, rgbOf } from '../../../../src/pages/browser/taskPage/contrast';

const dark: Rgb = [31, 31, 31];
const light: Rgb = [255, 255, 255];

describe('Terminal colours', () => {
  it('stay as they are if they are readable, and otherwise change no more than needed', () => {
    assert.deepEqual(readable([13, 188, 121], dark), [13, 188, 121]);
    for (const background of [dark, light]) {
      for (const colour of [
        [205, 49, 49],
        [0, 0, 0],
        [255, 255, 255],
        [229, 229, 16],
      ] as const) {
        const ratio = contrast(readable(colour, background), background);
        assert.ok(ratio >= 4.5, `${colour} on ${background}: ${ratio}`);
      }
    }
    const [red, green] = readable([205, 49, 49], dark);
    assert.ok(red > green + 100, 'red stays red');
  });

  it('are parsed from computed colours', () => {
    assert.deepEqual(rgbOf('rgb(1, 2, 3)'), [1, 2, 3]);
    assert.deepEqual(rgbOf('rgba(1, 2, 3, 0.5)'), [1, 2, 3]);
    assert.equal(rgbOf('rgba(0, 0, 0, 0)'), undefined);
    assert.equal(rgbOf(''), undefined);
    assert.equal(contrast(light, [0, 0, 0]), 21);
  });
});
