/** A project, a home folder and a user folder in which agents are set up. */

import fs from 'node:fs';
import path from 'node:path';
import type { AgentName } from '../../../src/agents/agentNames';
import type { PlannedFile, SetupPlace } from '../../../src/agents/plan';
import { carryOut, planSetup } from '../../../src/agents/setup';
import { SetupRecords, undoOf } from '../../../src/agents/setupRecords';
import { startCommand } from '../../../src/agents/startCommand';

export class SetupFolders {
  readonly place: SetupPlace;

  constructor(
    readonly root: string,
    scope: SetupPlace['scope'] = 'project',
    platform: NodeJS.Platform = 'linux',
  ) {
    const [folder, home, userFolder] = ['project', 'home', 'state'].map((name) => path.join(root, name)) as [
      string,
      string,
      string,
    ];
    for (const one of [folder, home, userFolder]) fs.mkdirSync(one, { recursive: true });
    this.place = { scope, folder, home, env: {}, userFolder, start: startCommand(platform) };
  }

  add(...names: AgentName[]): PlannedFile[] {
    return this.change({ add: names, remove: [] });
  }

  addWithSkill(...names: AgentName[]): PlannedFile[] {
    return this.change({ add: names, remove: [] }, true);
  }

  addWithHooks(...names: AgentName[]): PlannedFile[] {
    return this.change({ add: names, remove: [] }, false, true);
  }

  remove(...names: AgentName[]): PlannedFile[] {
    return this.change({ add: [], remove: names });
  }

  private change(
    wanted: { add: AgentName[]; remove: AgentName[] },
    skill = false,
    hooks = false,
  ): PlannedFile[] {
    const plan = planSetup(this.place, wanted, skill, hooks);
    carryOut(this.place, plan);
    return plan;
  }

  path(name: string): string {
    return path.join(this.place.scope === 'project' ? this.place.folder : this.place.home, name);
  }

  read(name: string): string {
    return fs.readFileSync(this.path(name), 'utf8');
  }

  write(name: string, text: string): void {
    fs.mkdirSync(path.dirname(this.path(name)), { recursive: true });
    fs.writeFileSync(this.path(name), text);
  }

  /** Every file and folder of the project, with what is in it. */
  all(): Record<string, string> {
    const folder = this.path('.');
    const names = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
    return Object.fromEntries(
      names.map((name) => {
        const file = path.join(folder, name);
        return [name, fs.statSync(file).isFile() ? fs.readFileSync(file, 'latin1') : 'folder'];
      }),
    );
  }

  /** As if an older version had written this text into a file that is all its own. */
  age(name: string, text: string): void {
    const records = new SetupRecords(this.place.userFolder);
    const record = records.read(this.path(name));
    if (record === null) throw new Error(`Setup did not write ${name}`);
    this.write(name, text);
    records.write({ ...record, undo: undoOf('', text) });
  }

  /** As on another machine, or for another user: nothing is known of what setup did. */
  forget(): void {
    fs.rmSync(path.join(this.place.userFolder, 'agents'), { recursive: true });
  }
}
