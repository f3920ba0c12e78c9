import type { AttemptView } from '../../taskPage/taskPageProtocol';
import { send } from './extensionHost';
import { StateIcon } from './stateIcon';
import { fill, format, texts } from './taskPageL10n';
import { useNow } from './useNow';

/** All attempts of the task, newest first. The page shows the output of one of them. */
export function Attempts({ attempts, shown }: { attempts: AttemptView[]; shown: number }) {
  const now = useNow(attempts.some(({ finished }) => finished === null));
  if (attempts.length === 0) return null;
  return (
    <section aria-labelledby="attempts">
      <h2 id="attempts">{texts.attempts}</h2>
      <div
        class="table"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: scrollable content must be reachable by keyboard
        tabIndex={0}
      >
        <table aria-labelledby="attempts">
          <thead>
            <tr>
              <th scope="col">{texts.attempt}</th>
              <th scope="col">{texts.outcome}</th>
              <th scope="col">{texts.started}</th>
              <th scope="col">{texts.duration}</th>
              <th scope="col">{texts.exitCode}</th>
              <th scope="col">{texts.sizes}</th>
              <th scope="col">{texts.worker}</th>
              <th scope="col">{texts.summary}</th>
            </tr>
          </thead>
          <tbody>
            {attempts.map((attempt) => (
              <Attempt
                key={attempt.number}
                attempt={attempt}
                shown={attempt.number === shown}
                only={attempts.length === 1 || shown === 0}
                now={now}
              />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

interface AttemptProps {
  attempt: AttemptView;
  shown: boolean;
  only: boolean;
  now: number;
}

function Attempt({ attempt, shown, only, now }: AttemptProps) {
  const { number, outcome, started, finished, exitCode, sizes, worker, summary } = attempt;
  return (
    <tr class={shown && !only ? 'shown' : undefined}>
      <th scope="row">
        {only ? (
          number
        ) : (
          <button
            type="button"
            class="link"
            aria-pressed={shown}
            aria-label={fill(texts.showOutputOf, number)}
            onClick={() => send({ type: 'chooseAttempt', attempt: number })}
          >
            {number}
          </button>
        )}
      </th>
      <td>
        <span class={`outcome ${outcome.tone}`}>
          <StateIcon name={outcome.icon} />
          {outcome.word}
        </span>
      </td>
      <td>{format.time(started, now)}</td>
      <td>{format.duration((finished ?? now) - started)}</td>
      <td class="figure">{exitCode ?? '–'}</td>
      <td>{finished === null ? '–' : format.size(sizes.stdout + sizes.stderr)}</td>
      <td class="mono">{worker ?? '–'}</td>
      <td class="summary">{summary ?? '–'}</td>
    </tr>
  );
}
