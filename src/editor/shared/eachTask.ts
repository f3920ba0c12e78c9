import * as vscode from 'vscode';
import { QueueError } from '../../core/errors';
import { EditorRefusal } from './refusal';

interface Outcome<T> {
  done: T[];
  refused: QueueError[];
}

/**
 * Calls `act` for each item. A refusal does not stop the others.
 * @param atOnce how many calls are made at once; the queue writes the changes of concurrent ones in one group
 */
export async function tryEach<T, Item = string>(
  items: readonly Item[],
  act: (item: Item) => Promise<T>,
  atOnce = 1,
): Promise<Outcome<T>> {
  const outcome: Outcome<T> = { done: [], refused: [] };
  const one = async (item: Item) => {
    try {
      outcome.done.push(await act(item));
    } catch (error) {
      if (!QueueError.is(error)) throw error;
      outcome.refused.push(error);
    }
  };
  for (let from = 0; from < items.length; from += atOnce)
    await Promise.all(items.slice(from, from + atOnce).map(one));
  return outcome;
}

/** Throws one error for all refusals of all steps, if there are any. `done` of the last step is what succeeded. */
export function throwRefused(...steps: readonly Outcome<unknown>[]): void {
  const refused = steps.flatMap((step) => step.refused);
  const done = steps.at(-1)?.done ?? [];
  const [first] = refused;
  if (first === undefined) return;
  const count = done.length + refused.length;
  if (count === 1) throw first;
  throw new EditorRefusal(
    vscode.l10n.t('{0} of {1} tasks were not changed: {2}', refused.length, count, first.message),
  );
}

/** Calls `act` for each task. Throws one error for all refusals, after the last task. */
export async function each<T>(ids: readonly string[], act: (id: string) => Promise<T>): Promise<T[]> {
  const outcome = await tryEach(ids, act);
  throwRefused(outcome);
  return outcome.done;
}
