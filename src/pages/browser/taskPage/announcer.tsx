import { useEffect, useRef, useState } from 'preact/hooks';
import type { TaskPageView } from '../../taskPage/taskPageProtocol';
import { fill, texts } from './taskPageL10n';

/** Announces changes of the state to screen readers; they read the first state with the page. */
export function Announcer({ view }: { view: TaskPageView }) {
  const [said, say] = useState('');
  const before = useRef<string | undefined>(undefined);
  const now = sentenceOf(view);
  useEffect(() => {
    if (before.current !== undefined && before.current !== now) say(now);
    before.current = now;
  }, [now]);
  return (
    <div class="unseen" role="status" aria-live="polite">
      {said}
    </div>
  );
}

function sentenceOf(view: TaskPageView): string {
  return view.kind === 'task' ? fill(texts.stateIs, view.name, view.state.word) : view.title;
}
