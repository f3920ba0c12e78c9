import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { watchRegistry } from '../../../src/client/registryWatch';
import { withFolder } from '../../support/folders';

describe('The registry of queues', () => {
  it('is watched from before its folder exists', () =>
    withFolder(async (folder) => {
      const home = path.join(folder, 'home');
      let changed = () => {};
      const next = () =>
        new Promise<void>((resolve) => {
          changed = resolve;
        });
      const watch = watchRegistry(home, () => changed());
      try {
        const made = next();
        mkdirSync(home);
        await made;
        const written = next();
        writeFileSync(path.join(home, 'registry.json'), '[]');
        await written;
      } finally {
        watch.dispose();
      }
    }));
});
