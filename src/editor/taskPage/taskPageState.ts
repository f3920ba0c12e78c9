import { isId } from '../../core/ids';

/** The task of a page that is brought back after a reload, as its state names it. */
export function taskOfState(state: unknown): string | undefined {
  const id: unknown = typeof state === 'object' && state !== null ? Reflect.get(state, 'taskId') : undefined;
  return typeof id === 'string' && isId(id, 'task') ? id : undefined;
}
