/** The current counts, and the task that has waited longest. */

import type { Overview, WaitingTask } from '../../dashboard/dashboardData';
import type { DashboardL10n } from './dashboardL10n';

export interface TilesProps {
  l10n: DashboardL10n;
  overview: Overview;
  done: { succeeded: number; failed: number };
}

export function Tiles({ l10n, overview, done }: TilesProps) {
  const { texts } = l10n;
  const { queued, running, failedUnreviewed } = overview;
  return (
    <dl class="tiles">
      <Tile name={texts.queued} value={l10n.number(queued)} tone="waiting" />
      <Tile name={texts.running} value={l10n.number(running)} tone="running" />
      <Tile
        name={texts.failedUnreviewed}
        value={l10n.number(failedUnreviewed)}
        tone={failedUnreviewed > 0 ? 'failed' : ''}
      />
      <Tile
        name={texts.doneToday}
        value={l10n.number(done.succeeded + done.failed)}
        detail={l10n.fill('doneDetail', done.succeeded, done.failed)}
        tone="succeeded"
      />
    </dl>
  );
}

function Tile({ name, value, detail, tone }: { name: string; value: string; detail?: string; tone: string }) {
  return (
    <div class={`tile ${tone}`}>
      <dt>{name}</dt>
      <dd>
        <span class="value">{value}</span>
        {detail && <span class="detail">{detail}</span>}
      </dd>
    </div>
  );
}

export interface LongestWaitingProps {
  l10n: DashboardL10n;
  task: WaitingTask;
  now: number;
  open: ((taskId: string) => void) | undefined;
}

export function LongestWaiting({ l10n, task, now, open }: LongestWaitingProps) {
  const sentence = l10n.fill('longestIn', '{0}', task.stream, l10n.duration(now - task.since));
  const [before = '', after = ''] = sentence.split('{0}');
  return (
    <p class="longest">
      <span class="label">{l10n.texts.longest}</span>
      <span>
        {before}
        {open ? (
          <button type="button" class="link" onClick={() => open(task.taskId)}>
            {task.name}
          </button>
        ) : (
          <strong>{task.name}</strong>
        )}
        {after}
      </span>
      <span class="muted">{task.why}</span>
    </p>
  );
}
