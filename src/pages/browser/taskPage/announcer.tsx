import { useEffect, useRef, useState } from 'preact/hooks';
import type { TaskPageView } from '../../taskPage/taskPageProtocol';
import { fill, texts } from './taskPageL10n';

/** Says to those who do not see the page when the state changes; what it was at first is read with the page. */
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
