import { useLayoutEffect, useRef } from 'preact/hooks';
import type { TaskView } from '../../taskPage/taskPageProtocol';
import { followLink, linkFiles } from './fileLinks';
import { texts } from './taskPageL10n';

/** The result or the error of the task. */
export function Outcome({
  result,
  error,
  lastLines,
  filesKnown,
}: Pick<TaskView, 'result' | 'error' | 'lastLines'> & { filesKnown: number }) {
  return (
    <>
      {error !== null && (
        <section class="callout failed" aria-labelledby="error">
          <h2 id="error">{texts.error}</h2>
          <LinkedText text={error} filesKnown={filesKnown} />
          {lastLines !== null && (
            <>
              <h3>{texts.lastLines}</h3>
              <LinkedText text={lastLines} filesKnown={filesKnown} />
            </>
          )}
        </section>
      )}
      {result && (
        <section class="callout succeeded" aria-labelledby="result">
          <h2 id="result">{texts.result}</h2>
          <p class="summary">{result.summary}</p>
          {result.text !== null && <LinkedText text={result.text} filesKnown={filesKnown} />}
        </section>
      )}
    </>
  );
}

/** Text with links to the files that it names. */
function LinkedText({ text, filesKnown }: { text: string; filesKnown: number }) {
  const element = useRef<HTMLPreElement>(null);
  useLayoutEffect(() => {
    if (!element.current) return;
    element.current.textContent = text;
    linkFiles(element.current);
  }, [text, filesKnown]);
  return <pre ref={element} onClick={followLink} onKeyDown={followLink} />;
}
