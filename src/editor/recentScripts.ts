import * as vscode from 'vscode';
import type { Script } from '../scripts/scriptFile';
import { scriptChoice } from './pickers';
import { type Choice, type Divider, divider } from './prompts';

/** Where the workspace keeps the paths, the last used first. */
const memoryKey = 'recentScripts';
const remembered = 5;

/** Puts the scripts that were used last first in a list to choose from. */
export class RecentScripts {
  constructor(private readonly memory: vscode.Memento) {}

  async note({ path }: Script): Promise<void> {
    const others = this.paths().filter((other) => other !== path);
    await this.memory.update(memoryKey, [path, ...others].slice(0, remembered));
  }

  choices(scripts: readonly Script[]): (Choice<Script> | Divider)[] {
    const recent = this.paths()
      .map((path) => scripts.find((script) => script.path === path))
      .filter((script) => script !== undefined);
    const others = scripts.filter((script) => !recent.includes(script));
    return [...group(vscode.l10n.t('used last'), recent), ...group(vscode.l10n.t('scripts'), others)];
  }

  private paths(): string[] {
    return this.memory.get<string[]>(memoryKey, []);
  }
}

function group(label: string, scripts: readonly Script[]): (Choice<Script> | Divider)[] {
  return scripts.length > 0 ? [divider(label), ...scripts.map(scriptChoice)] : [];
}
