/** Reads the scripts of a `package.json`. Pure. */

import { field, JsonTree, textIn } from './jsonTree';
import type { Reading, SourceFile } from './namedCommand';
import { type PackageManager, packageManagers } from './packageManager';
import { ReadingBuilder } from './readingBuilder';

export interface PackageReading extends Reading {
  /** What the package says that it is managed with. */
  manager: PackageManager | null;
}

/** The scripts of a package, to be run with npm: `withManager` says with what else. */
export function readPackage(file: SourceFile): PackageReading {
  const found = new ReadingBuilder('npm', file);
  const tree = JsonTree.of(file.text);
  if (tree === null) {
    found.note('unreadable', 1);
    return { commands: [], notes: found.notes, manager: null };
  }
  for (const { name, line_number, value } of tree.children('scripts')) {
    if (typeof value !== 'string') continue;
    found.add({ name, line_number, description: value, command: { argv: ['npm', 'run', name] } });
  }
  const engine = field(tree.value('devEngines', 'packageManager'), 'name');
  const named = /^[a-z]+(?=@|$)/.exec(textIn(tree.value('packageManager')) ?? textIn(engine) ?? '')?.[0];
  const manager = packageManagers.find((known) => known === named) ?? null;
  return { commands: found.commands, notes: found.notes, manager };
}
