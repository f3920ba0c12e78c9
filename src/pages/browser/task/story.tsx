import { useLayoutEffect, useRef } from 'preact/hooks';
import type { TaskView } from '../../taskPageData';
import { followLink, linkFiles } from './fileLinks';
import { texts } from './texts';

/** What came of the task: its result, or its error. */
export function Outcome({
  result,
  error,
  filesKnown,
}: Pick<TaskView, 'result' | 'error'> & { filesKnown: number }) {
  return (
    <>
      {error !== null && (
        <section class="callout failed" aria-labelledby="error">
          <h2 id="error">{texts.error}</h2>
          <LinkedText text={error} filesKnown={filesKnown} />
        </section>
      )}
      {result && (
        <section class="callout succeeded" aria-labelledby="result">
          <h2 id="result">{texts.result}</h2>
          <p class="said">{result.summary}</p>
          {result.text !== null && <LinkedText text={result.text} filesKnown={filesKnown} />}
        </section>
      )}
    </>
  );
}

/** Text of a program, with links to the files that it names. */
function LinkedText({ text, filesKnown }: { text: string; filesKnown: number }) {
  const element = useRef<HTMLPreElement>(null);
  useLayoutEffect(() => {
    if (!element.current) return;
    element.current.textContent = text;
    linkFiles(element.current);
  }, [text, filesKnown]);
  return <pre ref={element} onClick={followLink} onKeyDown={followLink} />;
}

/** What the task was given to do. */
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
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
          tabIndex={0}
        >
          <pre>{payload}</pre>
        </section>
      </section>
    </>
  );
}
