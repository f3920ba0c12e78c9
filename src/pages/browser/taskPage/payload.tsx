import type { TaskView } from '../../taskPage/taskPageProtocol';
import { texts } from './taskPageL10n';

/** The input of the task. */
export function Payload({ prompt, payload }: Pick<TaskView, 'prompt' | 'payload'>) {
  return (
    <>
      {prompt !== null && (
        <section aria-labelledby="prompt">
          <h2 id="prompt">{texts.prompt}</h2>
          <div class="prompt">{prompt}</div>
        </section>
      )}
      <section aria-labelledby="payload">
        <h2 id="payload">{texts.payload}</h2>
        <section
          class="code"
          aria-labelledby="payload"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: scrollable content must be reachable by keyboard
          tabIndex={0}
        >
          <pre>{payload}</pre>
        </section>
      </section>
    </>
  );
}
