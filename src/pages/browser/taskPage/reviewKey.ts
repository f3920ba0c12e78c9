/** The keys that review the task of this page and go on to the next, as in the Review view. */

import { type ReviewKey, reviewKeys, type TaskPageView } from '../../taskPage/taskPageProtocol';
import { send } from './extensionHost';

/** Does what a key is for if the view offers it. */
export function onReviewKey(event: KeyboardEvent, view: TaskPageView | null): void {
  const key = keyOf(event);
  if (key === undefined || !view?.actions.some((action) => action.key === key)) return;
  // The button that has the focus is not pressed as well.
  event.preventDefault();
  send({ type: 'run', command: reviewKeys[key] });
}

function keyOf({ key, altKey, ctrlKey, metaKey, shiftKey, repeat }: KeyboardEvent): ReviewKey | undefined {
  if (key !== 'Enter' || shiftKey || repeat) return undefined;
  const ctrl = ctrlKey || metaKey;
  if (ctrl === altKey) return undefined;
  return ctrl ? 'Ctrl+Enter' : 'Alt+Enter';
}
