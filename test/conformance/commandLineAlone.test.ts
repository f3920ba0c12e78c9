/** The promises of the command line with nothing else running. */

import { aloneCases } from './cases/all';
import { Box } from './program';

describe('The promises of the command line with nothing else running', () => {
  for (const one of aloneCases) {
    it(one.name, async () => {
      const box = Box.make();
      try {
        if (!one.empty) await box.withStream();
        await one.run(box);
      } finally {
        await box.remove();
      }
    });
  }
});
