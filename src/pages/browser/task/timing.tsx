import type { TaskTiming, TimeSpan } from '../../taskPageData';
import { fill, texts, words } from './texts';
import { useNow } from './useNow';

/** How long the task waited and ran, drawn and in words, and what limits it. */
export function Timing({ timing }: { timing: TaskTiming }) {
  const { spans, finished } = timing;
  const open = spans.some(({ to }) => to === null);
  const now = useNow(open || finished !== null);
  const lengthOf = ({ from, to }: TimeSpan) => Math.max(0, (to ?? now) - from);
  // A moment between two attempts is nothing to be told of.
  const told = spans.filter((span, index) => index === 0 || span.kind === 'running' || lengthOf(span) >= 100);
  return (
    <section aria-labelledby="timing">
      <h2 id="timing">{texts.timing}</h2>
      <div class="spans" aria-hidden="true">
        {told.map((span, index) => (
          <span key={index} class={`span ${span.kind}`} style={{ flexGrow: Math.max(1, lengthOf(span)) }} />
        ))}
      </div>
      <ol class="times">
        {told.map((span, index) => (
          <li key={index}>
            <i class={`swatch ${span.kind}`} aria-hidden="true" />
            {fill(wordsOf(span, index), words.duration(lengthOf(span)))}
          </li>
        ))}
        {finished !== null && (
          <li>
            <i class="swatch done" aria-hidden="true" />
            {fill(texts.finishedAgo, words.ago(finished, now), words.time(finished, now))}
          </li>
        )}
      </ol>
      <Limits timing={timing} now={now} />
    </section>
  );
}

function wordsOf(span: TimeSpan, index: number): string {
  if (span.kind === 'queued') return index === 0 ? texts.queuedFor : texts.waitedFor;
  return span.to === null ? texts.runningFor : texts.ranFor;
}

/** At twice its timeout a run is ended: the bar of one that is under way ends there. */
function Limits({ timing, now }: { timing: TaskTiming; now: number }) {
  const { timeout, deadline, notBefore, spans } = timing;
  const run = spans.at(-1);
  const running = deadline !== null && run?.kind === 'running' && run.to === null;
  const late = running && now - run.from > timeout * 1_000;
  const part = running ? Math.min(1, Math.max(0, (now - run.from) / (deadline - run.from))) : 0;
  const limits = fill(texts.timeoutAfter, words.duration(timeout * 1_000), words.duration(timeout * 2_000));
  return (
    <>
      {running && (
        <div class={late ? 'limit late' : 'limit'} aria-hidden="true">
          <span style={{ width: `${part * 100}%` }} />
          <i />
        </div>
      )}
      <ul class="limits">
        {notBefore !== null && notBefore > now && (
          <li>{fill(texts.notBefore, words.time(notBefore, now))}</li>
        )}
        {late && <li class="late">{fill(texts.lateSince, words.time(run.from + timeout * 1_000, now))}</li>}
        {running && <li>{fill(texts.endsAt, words.time(deadline, now))}</li>}
        <li>{limits}</li>
      </ul>
    </>
  );
}
