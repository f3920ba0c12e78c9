/** Remembers which scripts and named commands are pinned and which were used last. Does not depend on VS Code. */

import type { Unsubscribe } from '../../core/events';
import type { Script } from '../../scripts/scriptFile';
import { idOfNamed, type NamedCommand } from '../../scripts/sources/namedCommand';

/** The part of `vscode.Memento` that is needed here. */
export interface Memory {
  get<T>(key: string, fallback: T): T;
  update(key: string, value: unknown): PromiseLike<void>;
}

/** Keys in the workspace state: paths and ids, the last used first, and the pinned ones in the order of pinning. */
const recentKey = 'recentScripts';
const pinnedKey = 'pinnedScripts';
const remembered = 5;

export type Runnable = Script | NamedCommand;

/** In the order in which a picker offers them, each in one group only. */
export interface ShelfGroups<R extends Runnable> {
  pinned: R[];
  recent: R[];
  others: R[];
}

/** What it is remembered by: the path of a script, the id of a named command. */
export function shelfKey(one: Runnable): string {
  return 'source' in one ? idOfNamed(one) : one.path;
}

export class ScriptShelf {
  private readonly listeners = new Set<() => void>();

  constructor(private readonly memory: Memory) {}

  /** Remembers that it was used. */
  async note(used: Runnable): Promise<void> {
    const key = shelfKey(used);
    const others = this.memory.get<string[]>(recentKey, []).filter((other) => other !== key);
    await this.memory.update(recentKey, [key, ...others].slice(0, remembered));
  }

  isPinned(key: string): boolean {
    return this.pinned().includes(key);
  }

  async pin(keys: readonly string[], pinned: boolean): Promise<void> {
    const others = this.pinned().filter((key) => !keys.includes(key));
    await this.memory.update(pinnedKey, pinned ? [...others, ...keys] : others);
    for (const listener of [...this.listeners]) listener();
  }

  /** Calls back when something is pinned or unpinned. */
  onChange(listener: () => void): Unsubscribe {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  groups<R extends Runnable>(all: readonly R[]): ShelfGroups<R> {
    const byKey = new Map(all.map((one) => [shelfKey(one), one]));
    const known = (keys: readonly string[]) => keys.flatMap((key) => byKey.get(key) ?? []);
    const pinned = known(this.pinned());
    const recent = known(this.memory.get<string[]>(recentKey, [])).filter((one) => !pinned.includes(one));
    const others = all.filter((one) => !pinned.includes(one) && !recent.includes(one));
    return { pinned, recent, others };
  }

  private pinned(): string[] {
    return this.memory.get<string[]>(pinnedKey, []);
  }
}
