import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { packagedExtension } from '../../support/packagedExtension';
import { type StageOf, shareStage } from '../support/stage';

export const opening = (stage: StageOf) =>
  describe('Opening the sample workspace', () => {
    shareStage(stage);

    it('runs the bundles of the package', async () => {
      const { file, dist } = await packagedExtension();
      const installed = await fs.readdir(path.join(stage().place.data, 'extensions'));
      const folder = installed.filter((name) => name.startsWith('sparkq.'));
      assert.deepEqual(folder, [`sparkq.${path.basename(file, '.vsix')}`]);
      for (const name of await fs.readdir(dist, { recursive: true })) {
        const bundle = path.join(stage().place.data, 'extensions', folder[0] ?? '', 'dist', name);
        if ((await fs.stat(path.join(dist, name))).isDirectory()) continue;
        assert.ok((await fs.readFile(bundle)).equals(await fs.readFile(path.join(dist, name))), name);
      }
    });

    it('shows an empty queue and what to do next', async () => {
      const { workbench } = stage();
      await workbench.openContainer('SparkQ');
      await workbench.view('Queue').welcome.getByRole('button', { name: 'New Session' }).waitFor();
      await workbench.view('Scripts').see('Hello');
      await workbench.screenshot('queue-empty');
    });

    it('lists the scripts of the workspace by their names, by folder', async () => {
      const { workbench } = stage();
      await workbench.openContainer('SparkQ');
      const scripts = workbench.view('Scripts');
      for (const name of ['Hello', 'Count lines', 'Inspect payload', 'Slow build', 'Disk usage']) {
        await scripts.see(name);
      }
    });

    it('lists a script that is added, and removes one that is deleted', async () => {
      const { workbench, place } = stage();
      await workbench.openContainer('SparkQ');
      const file = path.join(place.workspace, 'scripts', 'late.sh');
      await fs.writeFile(file, '#!/bin/sh\n# name: Late arrival\n# description: Came later\necho late\n');
      const row = await workbench.view('Scripts').see('Late arrival');
      await fs.rm(file);
      await row.waitFor({ state: 'detached' });
    });

    it('opens a script on a click, with Run and Enqueue above its first line', async () => {
      const { workbench } = stage();
      await workbench.openContainer('SparkQ');
      await (await workbench.view('Scripts').see('Hello')).click();
      await workbench.tab('hello.sh').waitFor();
      const lenses = workbench.page.locator('.codelens-decoration');
      await lenses.getByRole('button', { name: 'Run' }).waitFor();
      await lenses.getByRole('button', { name: 'Enqueue' }).waitFor();
      await workbench.screenshot('script');
    });

    it('offers its commands in the palette, except those that need a row', async () => {
      const { workbench } = stage();
      for (const title of ['New Session...', 'New Stream...', 'Enqueue Task...', 'Run Script', 'Show Log']) {
        assert.equal(await workbench.offers(`SparkQ: ${title}`), true, title);
      }
      for (const title of ['Open Script', 'Show More']) {
        assert.equal(await workbench.offers(`SparkQ: ${title}`), false, title);
      }
    });
  });
