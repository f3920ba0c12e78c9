import type { TaskTiming, TimeSpan, Tone } from '../../taskPage/taskPageProtocol';
import { fill, format, texts } from './taskPageL10n';
import { useNow } from './useNow';

/** How long the task waited and ran, as a bar and in words, and its limits. @param tone of its state */
export function Timing({ timing, tone }: { timing: TaskTiming; tone: Tone }) {
  const { spans, finished } = timing;
  const open = spans.some(({ to }) => to === null);
  const now = useNow(open || finished !== null);
  const lengthOf = ({ from, to }: TimeSpan) => Math.max(0, (to ?? now) - from);
  // A wait this short between two attempts is not worth showing.
  const shown = spans.filter(
    (span, index) => index === 0 || span.kind === 'running' || lengthOf(span) >= 100,
  );
  return (
    <section aria-labelledby="timing">
      <h2 id="timing">{texts.timing}</h2>
      <div class="spans" aria-hidden="true">
        {shown.map((span, index) => (
          <span key={index} class={`span ${span.kind}`} style={{ flexGrow: Math.max(1, lengthOf(span)) }} />
        ))}
      </div>
      <ul class="times">
        {kinds.map((kind) => (
          <Sum
            key={kind}
            kind={kind}
            spans={shown.filter((span) => span.kind === kind)}
            lengthOf={lengthOf}
          />
        ))}
        {finished !== null && (
          <li>
            <i class={`swatch done ${tone}`} aria-hidden="true" />
            {fill(texts.finishedAgo, format.ago(finished, now), format.time(finished, now))}
          </li>
        )}
      </ul>
      <Limits timing={timing} now={now} />
    </section>
  );
}

const kinds = ['queued', 'running'] as const;

interface SumProps {
  kind: TimeSpan['kind'];
  spans: TimeSpan[];
  lengthOf: (span: TimeSpan) => number;
}

/** The total time it waited or ran. */
function Sum({ kind, spans, lengthOf }: SumProps) {
  if (spans.length === 0) return null;
  const length = format.duration(
    spans.reduce((sum, span) => sum + lengthOf(span), 0),
    'long',
  );
  return (
    <li>
      <i class={`swatch ${kind}`} aria-hidden="true" />
      {fill(wordsOf(kind, spans), length, spans.length)}
    </li>
  );
}

function wordsOf(kind: TimeSpan['kind'], spans: TimeSpan[]): string {
  if (kind === 'queued') return texts.queuedFor;
  if (spans.length > 1) return texts.attemptsTook;
  return spans[0]?.to === null ? texts.runningFor : texts.ranFor;
}

/** The bar of a running task ends at its deadline. */
function Limits({ timing, now }: { timing: TaskTiming; now: number }) {
  const { limits, lateAfter, deadline, notBefore, spans } = timing;
  const run = spans.at(-1);
  const running = deadline !== null && run?.kind === 'running' && run.to === null;
  const lateAt = running && lateAfter !== null ? run.from + lateAfter * 1_000 : Number.POSITIVE_INFINITY;
  const late = now > lateAt;
  const part = running ? Math.min(1, Math.max(0, (now - run.from) / (deadline - run.from))) : 0;
  return (
    <>
      {running && (
        <div class={late ? 'limit late' : 'limit'} aria-hidden="true">
          <span style={{ width: `${part * 100}%` }} />
          {lateAfter !== null && (
            <i style={{ left: `${((lateAt - run.from) / (deadline - run.from)) * 100}%` }} />
          )}
        </div>
      )}
      <ul class="limits">
        {notBefore !== null && notBefore > now && (
          <li>{fill(texts.notBefore, format.time(notBefore, now))}</li>
        )}
        {late && <li class="late">{fill(texts.lateSince, format.time(lateAt, now))}</li>}
        {running && <li>{fill(texts.endsAt, format.time(deadline, now))}</li>}
        <li>{limits}</li>
      </ul>
    </>
  );
}
