/** What tasks of VS Code depend on each other (`dependsOn`), as steps in an order in which they can be queued. Pure. */

import type { ChainStep, NamedCommand } from './namedCommand';

/** A task of tasks.json, listed or not. */
export interface ChainNode {
  /** Null for a task that only has dependencies, and for one that cannot be queued. */
  command: NamedCommand | null;
  /** Whether a queue can do it justice. */
  fit: boolean;
  dependsOn: readonly string[];
  /** Whether each dependency waits for the one before it. */
  sequence: boolean;
}

/** Why a task with its dependencies cannot be queued, and which task is to blame. */
export interface ChainProblem {
  code: 'depends_missing' | 'depends_other' | 'depends_cycle' | 'depends_many';
  on: string;
}

/** Steps of a chain: as many as one call enqueues. */
const mostSteps = 100;

class Refused extends Error {
  constructor(readonly problem: ChainProblem) {
    super(problem.code);
  }
}

/**
 * The steps of a task: its dependencies, each once, then itself if it runs something.
 * @param nodes all tasks of the file by label
 */
export function chainOf(name: string, nodes: ReadonlyMap<string, ChainNode>): ChainStep[] | ChainProblem {
  const steps: ChainStep[] = [];
  /** The steps that end a task that has been placed. */
  const ends = new Map<string, number[]>();
  const path = new Set<string>();

  /** @param after steps that must finish first @returns those that end the task */
  const place = (label: string, after: readonly number[]): number[] => {
    const placed = ends.get(label);
    if (placed !== undefined) return placed;
    const node = nodes.get(label);
    if (node === undefined) throw new Refused({ code: 'depends_missing', on: label });
    if (!node.fit) throw new Refused({ code: 'depends_other', on: label });
    if (path.has(label)) throw new Refused({ code: 'depends_cycle', on: label });
    if (path.size >= mostSteps) throw new Refused({ code: 'depends_many', on: name });
    path.add(label);
    let before = [...after];
    if (node.sequence) for (const one of node.dependsOn) before = place(one, before);
    else if (node.dependsOn.length > 0)
      before = [...new Set(node.dependsOn.flatMap((one) => place(one, after)))];
    path.delete(label);
    if (node.command !== null) {
      if (steps.length >= mostSteps) throw new Refused({ code: 'depends_many', on: name });
      steps.push({ command: node.command, after: before });
      before = [steps.length - 1];
    }
    ends.set(label, before);
    return before;
  };

  try {
    place(name, []);
    return steps;
  } catch (error) {
    if (error instanceof Refused) return error.problem;
    throw error;
  }
}
