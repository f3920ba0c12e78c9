/** A queue that this process owns and serves, with a workspace of its own, found by others as any owner is. */

import { realpathSync } from 'node:fs';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type OpenQueue, openQueue } from '../../src/client/openQueue';
import { Registry } from '../../src/client/registry';
import { userFolder } from '../../src/client/userFolder';
import { ConfigFile } from '../../src/config/configFile';
import { silentLog } from '../../src/core/log';
import { ScriptCatalogue } from '../../src/scripts/catalogue';
import type { LocalQueueOptions } from '../../src/store/localQueue';
import { FakeClock } from '../support/fakeClock';

/** What the configurations of all doors say. */
export const configText = `project:
  name: conformance
task_classes:
  LLM_HEAVY:
    timeout: 700
  NIGHTLY:
    timeout: 4000
tools:
  timed:
    task_class: FAST_SCRIPT
    timeout: 45
    kill_after: 50
  quick:
    description: For small things
    task_class: FAST_SCRIPT
  nightly:
    task_class: NIGHTLY
runner:
  backoff_ms: 0
  output_limit: 65536
`;

export const scripts: Readonly<Record<string, string>> = {
  'scripts/deploy.sh':
    '#!/usr/bin/env bash\n# name: deploy\n# description: Ship the site\n# tags: release, web\n# timeout: 120\n# kill_after: 130\n# task_class: LLM_HEAVY\necho "deployed $1"\n',
  'scripts/report.py': '# name: Report\n# tags: python\nprint("ok")\n',
  'scripts/plain.js': 'console.log("plain");\n',
};

export const ownerToken = 'f'.repeat(64);

export class Owner {
  private constructor(
    readonly root: string,
    readonly queue: OpenQueue,
    readonly clock: FakeClock,
    readonly catalogue: ScriptCatalogue,
  ) {}

  static async open(
    databaseWith: (clock: FakeClock) => Pick<LocalQueueOptions, 'database'> = () => ({}),
  ): Promise<Owner> {
    const root = realpathSync(await fs.mkdtemp(path.join(os.tmpdir(), 'sparkq-conformance-')));
    try {
      const workspace = path.join(root, 'project');
      await writeWorkspace(workspace);
      const home = userFolder({ SPARKQ_HOME: path.join(root, 'home') });
      const storage = await new Registry(home).storageFor(workspace, path.join(root, 'storage'));
      const config = await ConfigFile.open(workspace, silentLog);
      const catalogue = new ScriptCatalogue({ workspace, config, log: silentLog });
      await catalogue.refresh();
      const clock = new FakeClock(Date.now());
      const queue = await openQueue({
        storage,
        workspace,
        role: 'serve',
        config,
        scripts: catalogue,
        programs: 'dist',
        log: silentLog,
        version: '1.0.0',
        home,
        serve: true,
        port: 0,
        token: ownerToken,
        clock,
        ...databaseWith(clock),
      });
      return new Owner(root, queue, clock, catalogue);
    } catch (error) {
      await fs.rm(root, { recursive: true, force: true });
      throw error;
    }
  }

  get home(): string {
    return path.join(this.root, 'home');
  }

  get workspace(): string {
    return path.join(this.root, 'project');
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  get url(): string {
    const url = this.queue.url();
    if (url === null) throw new Error('The queue is not served');
    return url;
  }

  /** Replaces sparkq.yml; it counts from the next reload on. */
  writeConfig(text: string): Promise<void> {
    return fs.writeFile(path.join(this.workspace, 'sparkq.yml'), text);
  }

  async close(): Promise<void> {
    await this.queue.close();
    await fs.rm(this.root, { recursive: true, force: true });
  }
}

/** Writes the configuration and the scripts that all doors have. */
export async function writeWorkspace(workspace: string): Promise<void> {
  await fs.mkdir(path.join(workspace, 'scripts'), { recursive: true });
  await fs.writeFile(path.join(workspace, 'sparkq.yml'), configText);
  for (const [name, text] of Object.entries(scripts)) await fs.writeFile(path.join(workspace, name), text);
}
