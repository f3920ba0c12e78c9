import type { ChangesView, TaskPageView, TaskView } from '../../taskPage/taskPageProtocol';
import { Announcer } from './announcer';
import { Attempts } from './attempts';
import { Changes } from './changes';
import { Facts } from './facts';
import { Header } from './header';
import { LastRuns } from './lastRuns';
import { Notice } from './notice';
import { Outcome } from './outcome';
import { Output } from './output';
import { Payload } from './payload';
import { start, texts } from './taskPageL10n';
import { Timing } from './timing';

/** What the extension has sent, and what the person has chosen. */
export interface PageParts {
  /** Null until it arrives. */
  view: TaskPageView | null;
  changes: ChangesView | null;
  /** How many lists of existing files have arrived. */
  filesKnown: number;
  /** The extension has stopped responding. */
  unresponsive: boolean;
  /** Whether the person wants the output of an agent as it is. */
  raw: boolean;
  chooseForm: (raw: boolean) => void;
}

export function TaskPage(parts: PageParts) {
  const { view, unresponsive } = parts;
  return (
    <>
      {unresponsive && <Unresponsive />}
      {view?.kind === 'task' && <Task {...parts} view={view} />}
      {view?.kind === 'notice' && <Notice view={view} />}
      {view && <Announcer view={view} />}
    </>
  );
}

/** The editor itself follows a command link, so it works even when the extension that made this page is gone. */
function Unresponsive() {
  const given = encodeURIComponent(JSON.stringify([{ taskId: start.taskId }]));
  return (
    <div class="unresponsive" role="alert">
      {texts.unresponsive} <a href={`command:sparkq.openTask?${given}`}>{texts.reopen}</a>
    </div>
  );
}

function Task({ view, changes, filesKnown, raw, chooseForm }: PageParts & { view: TaskView }) {
  const { attempts } = view;
  const running = attempts[0]?.finished === null ? attempts[0].number : null;
  return (
    <main>
      <Header view={view} />
      <Outcome result={view.result} error={view.error} lastLines={view.lastLines} filesKnown={filesKnown} />
      <div class="columns">
        <div class="aside">
          <Timing timing={view.timing} tone={view.state.tone} />
          <Facts facts={view.facts} />
          {view.lastRuns && <LastRuns view={view.lastRuns} />}
        </div>
        <div class="main">
          <Output running={running} transcribed={view.transcribed} raw={raw} chooseForm={chooseForm} />
          <Attempts attempts={attempts} shown={view.attempt} />
          {changes && <Changes changes={changes} />}
          <Payload prompt={view.prompt} payload={view.payload} />
        </div>
      </div>
    </main>
  );
}
