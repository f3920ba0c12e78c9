import type { ChangesView, TaskPageView, TaskView } from '../../taskPageData';
import { Announcer } from './announcer';
import { Attempts } from './attempts';
import { Changes } from './changes';
import { Facts } from './facts';
import { Header } from './header';
import { Notice } from './notice';
import { Output } from './output';
import { Outcome, Payload } from './story';
import { start, texts } from './texts';
import { Timing } from './timing';

/** All that the page has been told. */
export interface PageParts {
  /** Null until it was told. */
  view: TaskPageView | null;
  changes: ChangesView | null;
  /** How many times it was told of files that exist. */
  filesKnown: number;
  /** Nobody answers. */
  silent: boolean;
}

export function TaskPage(parts: PageParts) {
  const { view, silent } = parts;
  return (
    <>
      {silent && <Silence />}
      {view?.kind === 'task' && <Task {...parts} view={view} />}
      {view?.kind === 'notice' && <Notice view={view} />}
      {view && <Announcer view={view} />}
    </>
  );
}

/** A link of this kind is followed by the editor itself: it leads on when the extension that made this page is gone. */
function Silence() {
  const given = encodeURIComponent(JSON.stringify([{ taskId: start.taskId }]));
  return (
    <div class="silence" role="alert">
      {texts.silent} <a href={`command:sparkq.openTask?${given}`}>{texts.openAgain}</a>
    </div>
  );
}

function Task({ view, changes, filesKnown }: PageParts & { view: TaskView }) {
  const { attempts } = view;
  const running = attempts[0]?.finished === null ? attempts[0].number : null;
  return (
    <main>
      <Header view={view} />
      <Outcome result={view.result} error={view.error} filesKnown={filesKnown} />
      <div class="columns">
        <div class="aside">
          <Timing timing={view.timing} />
          <Facts facts={view.facts} />
        </div>
        <div class="story">
          <Output running={running} />
          <Attempts attempts={attempts} shown={view.attempt} />
          {changes && <Changes changes={changes} />}
          <Payload prompt={view.prompt} payload={view.payload} />
        </div>
      </div>
    </main>
  );
}
