/** The page of a task: draws what the extension sends, and tells it what the person wants. */

import { render } from 'preact';
import type { ToTaskPage } from '../../taskPageData';
import { pageRoot } from '../shared/start';
import { followTheme } from './ansiColours';
import { knowFiles } from './fileLinks';
import { keep, keptState, tell } from './host';
import { takeOutput } from './output';
import { type PageParts, TaskPage } from './page';
import { start } from './texts';
import './task.css';

const root = pageRoot();
const kept = keptState(start.taskId);
let parts: PageParts | undefined;
/** Where the page stood when it was last on the screen; kept until there is enough of it to go back there. */
let goTo = kept.scrolled;

function draw(news: Partial<PageParts> & Pick<PageParts, 'view'>): void {
  parts = { changes: null, filesKnown: 0, ...parts, ...news };
  render(<TaskPage {...parts} />, root);
  if (goTo > 0 && document.documentElement.scrollHeight >= goTo + innerHeight) {
    scrollTo(0, goTo);
    goTo = 0;
  }
  remember();
}

/** Keeps what the next page of this task begins with. */
function remember(): void {
  const { view } = parts ?? {};
  const attempt = view?.kind === 'task' && view.attempt !== view.attempts[0]?.number ? view.attempt : null;
  keep({ taskId: start.taskId, attempt, scrolled: goTo || scrollY });
}

function hear(message: ToTaskPage): void {
  switch (message.type) {
    case 'view':
      draw({ view: message.view });
      break;
    case 'output':
      takeOutput(message.part);
      break;
    case 'files':
      knowFiles(message.known);
      if (parts) draw({ ...parts, filesKnown: parts.filesKnown + 1 });
      break;
    case 'changes':
      if (parts) draw({ ...parts, changes: message.changes });
      break;
  }
}

followTheme();
addEventListener('message', ({ data }: MessageEvent<ToTaskPage>) => hear(data));
addEventListener('scroll', remember);
keep(kept);
tell({ type: 'ready', attempt: kept.attempt });
