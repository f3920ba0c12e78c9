/** A named command as programs read it: with all that a script has, and what it has besides. Pure. */

import type { Script } from '../scriptFile';
import { type NamedCommand, toolOfNamed } from './namedCommand';

export type ListEntry = Script &
  Omit<NamedCommand, keyof Script | 'chain' | 'problem_matcher'> & {
    /** The names of what is queued with it, where it depends on others. */
    steps?: string[];
  };

export function listEntryOf({ chain, problem_matcher: _, ...named }: NamedCommand): ListEntry {
  return {
    ...named,
    inputs: null,
    outputs: null,
    tags: [],
    timeout: null,
    kill_after: null,
    needs: null,
    verify: null,
    task_class: null,
    tool: toolOfNamed(named),
    cwd: named.folder || null,
    ...(chain ? { steps: chain.map(({ command }) => command.name) } : {}),
  };
}
