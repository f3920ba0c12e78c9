/** The figures of the moment, and the task that has waited longest. */

import type { Glance, WaitingTask } from '../../dashboardData';
import type { Words } from './words';

export interface TilesProps {
  words: Words;
  glance: Glance;
  done: { succeeded: number; failed: number };
}

export function Tiles({ words, glance, done }: TilesProps) {
  const { texts } = words;
  const { queued, running, failedUnreviewed } = glance;
  return (
    <dl class="tiles">
      <Tile name={texts.queued} value={words.number(queued)} tone="waiting" />
      <Tile name={texts.running} value={words.number(running)} tone="running" />
      <Tile
        name={texts.failedUnreviewed}
        value={words.number(failedUnreviewed)}
        tone={failedUnreviewed > 0 ? 'failed' : ''}
      />
      <Tile
        name={texts.doneToday}
        value={words.number(done.succeeded + done.failed)}
        detail={words.say('doneDetail', done.succeeded, done.failed)}
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
  words: Words;
  task: WaitingTask;
  now: number;
  open: ((taskId: string) => void) | undefined;
}

export function LongestWaiting({ words, task, now, open }: LongestWaitingProps) {
  const sentence = words.say('longestIn', '{0}', task.stream, words.duration(now - task.since));
  const [before = '', after = ''] = sentence.split('{0}');
  return (
    <p class="longest">
      <span class="label">{words.texts.longest}</span>
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
