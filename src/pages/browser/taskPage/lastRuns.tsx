import type { LastRun, LastRuns as View } from '../../taskPage/taskPageProtocol';
import { send } from './extensionHost';
import { fill, format, start, texts } from './taskPageL10n';
import { useNow } from './useNow';

/** Runs of the same script or command as bars, as high as they took long; each leads to its task. */
export function LastRuns({ view }: { view: View }) {
  const now = useNow(false);
  const { usual, runs } = view;
  const longest = Math.max(1, ...runs.map(({ took }) => took));
  const last = runs.findLast(({ taskId }) => taskId !== start.taskId);
  return (
    <section aria-labelledby="last-runs">
      <div class="heading">
        <h2 id="last-runs">{texts.lastRuns}</h2>
        {last && (
          <button type="button" class="link" onClick={() => send({ type: 'openTask', taskId: last.taskId })}>
            {texts.openLastRun}
          </button>
        )}
      </div>
      {usual !== null && <p class="muted">{usual}</p>}
      <ol class="bars">
        {runs.map((run) => (
          <li key={`${run.taskId} ${run.started}`}>
            <Bar run={run} part={run.took / longest} now={now} />
          </li>
        ))}
      </ol>
    </section>
  );
}

function Bar({ run, part, now }: { run: LastRun; part: number; now: number }) {
  const { taskId, started, took, tone, word } = run;
  const text = fill(texts.lastRun, word, format.duration(took), format.time(started, now));
  const shown = taskId === start.taskId;
  return (
    <button
      type="button"
      class={shown ? 'bar shown' : 'bar'}
      aria-label={text}
      aria-current={shown}
      title={text}
      onClick={() => send({ type: 'openTask', taskId })}
    >
      <span class={`fill fill-${tone}`} style={{ height: `${Math.max(6, part * 100)}%` }} />
    </button>
  );
}
