import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { type Discovery, readDiscovery } from '../../../src/client/discovery';
import { RemoteQueue } from '../../../src/client/remote/remoteQueue';
import { makeQueue } from '../../support/makeQueue';
import { type StageOf, shareStage } from '../support/stage';
import { until } from '../support/until';

export const otherFolders = (stage: StageOf) =>
  describe('Other Folders', () => {
    shareStage(stage);
    let storage = '';

    it('is there once another folder has a queue, and says what that does', async () => {
      const { workbench, place } = stage();
      await workbench.openContainer('SparkQ');
      const view = workbench.view('Other Folders');
      await workbench.view('Queue').welcome.first().waitFor();
      assert.equal(await view.pane.count(), 0);
      const folder = path.join(place.root, 'service');
      await fs.mkdir(folder);
      storage = await makeQueue(folder, place.home);
      await view.pane.waitFor();
      assert.equal(await view.rows.count(), 0, 'collapsed');
      await view.pane.locator('.pane-header').click();
      await view.see(/^service.*not open/);
    });

    it('opens a folder on a click, and follows its queue from then on', async () => {
      const { workbench, place } = stage();
      const view = workbench.view('Other Folders');
      const opened = workbench.page.context().waitForEvent('page');
      await (await view.see(/^service/)).click();
      await opened;
      const other = stage().pages().at(-1);
      assert.ok(other);
      await other.ready();
      assert.equal(new URL(other.page.url()).searchParams.get('folder'), path.join(place.root, 'service'));
      await view.see(/^service.*nothing queued/);
      const owner = await until<Discovery>(
        'the other window has its queue open',
        () => readDiscovery(place.home, storage) ?? undefined,
      );
      const queue = new RemoteQueue({ url: owner.url, token: owner.token, version: owner.version });
      await queue.enqueue({ stream: 'lane', tool_name: 'llm-haiku', prompt: 'x' });
      await queue.close();
      await view.see(/^service.*1 queued · waits for you/);
      await workbench.screenshot('other-folders');
    });
  });
