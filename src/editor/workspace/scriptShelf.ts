/** Remembers which scripts are pinned and which were used last. Does not depend on VS Code. */

import type { Unsubscribe } from '../../core/events';
import type { Script } from '../../scripts/scriptFile';

/** The part of `vscode.Memento` that is needed here. */
export interface Memory {
  get<T>(key: string, fallback: T): T;
  update(key: string, value: unknown): PromiseLike<void>;
}

/** Keys in the workspace state: paths, the last used first, and the pinned ones in the order of pinning. */
const recentKey = 'recentScripts';
const pinnedKey = 'pinnedScripts';
const remembered = 5;

/** Scripts in the order in which a picker offers them, each in one group only. */
export interface ScriptGroups {
  pinned: Script[];
  recent: Script[];
  others: Script[];
}

export class ScriptShelf {
  private readonly listeners = new Set<() => void>();

  constructor(private readonly memory: Memory) {}

  /** Remembers that a script was used. */
  async note({ path }: Script): Promise<void> {
    const others = this.memory.get<string[]>(recentKey, []).filter((other) => other !== path);
    await this.memory.update(recentKey, [path, ...others].slice(0, remembered));
  }

  isPinned(path: string): boolean {
    return this.pinned().includes(path);
  }

  async pin(paths: readonly string[], pinned: boolean): Promise<void> {
    const others = this.pinned().filter((path) => !paths.includes(path));
    await this.memory.update(pinnedKey, pinned ? [...others, ...paths] : others);
    for (const listener of [...this.listeners]) listener();
  }

  /** Calls back when scripts are pinned or unpinned. */
  onChange(listener: () => void): Unsubscribe {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  groups(scripts: readonly Script[]): ScriptGroups {
    const known = (paths: readonly string[]) =>
      paths.flatMap((path) => scripts.find((script) => script.path === path) ?? []);
    const pinned = known(this.pinned());
    const recent = known(this.memory.get<string[]>(recentKey, [])).filter(
      (script) => !pinned.includes(script),
    );
    const others = scripts.filter((script) => !pinned.includes(script) && !recent.includes(script));
    return { pinned, recent, others };
  }

  private pinned(): string[] {
    return this.memory.get<string[]>(pinnedKey, []);
  }
}
