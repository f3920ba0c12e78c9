import type { TaskPageView, TaskView } from '../../taskPageData';
import { Announcer } from './announcer';
import { Facts } from './facts';
import { Header } from './header';
import { Notice } from './notice';

export function TaskPage({ view }: { view: TaskPageView }) {
  return (
    <>
      {view.kind === 'task' ? <Task view={view} /> : <Notice view={view} />}
      <Announcer view={view} />
    </>
  );
}

function Task({ view }: { view: TaskView }) {
  return (
    <main>
      <Header view={view} />
      <div class="columns">
        <div class="story" />
        <div class="aside">
          <Facts facts={view.facts} />
        </div>
      </div>
    </main>
  );
}
