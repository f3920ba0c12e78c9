/** The page of a task: draws what the extension sends, and tells it what the person wants. */

import { render } from 'preact';
import type { ToTaskPage } from '../../taskPageData';
import { pageRoot } from '../shared/start';
import { followTheme } from './ansiColours';
import { knowFiles } from './fileLinks';
import { answered, keep, keptState, tell, whenSilent } from './host';
import { takeOutput } from './output';
import { type PageParts, TaskPage } from './page';
import { start } from './texts';
import './task.css';

const root = pageRoot();
const kept = keptState(start.taskId);
/** Where the page stood when it was last on the screen; kept until there is enough of it to go back there. */
let goTo = kept.scrolled;

const parts: PageParts = { view: null, changes: null, filesKnown: 0, silent: false };

function draw(news: Partial<PageParts>): void {
  Object.assign(parts, news);
  render(<TaskPage {...parts} />, root);
  if (goTo > 0 && document.documentElement.scrollHeight >= goTo + innerHeight) {
    scrollTo(0, goTo);
    goTo = 0;
  }
  remember();
}

/** Keeps what the next page of this task begins with. */
function remember(): void {
  const { view } = parts;
  const newest = view?.kind === 'task' ? (view.attempts[0]?.number ?? 0) : 0;
  const attempt = view?.kind === 'task' && view.attempt !== newest ? view.attempt : null;
  keep({ taskId: start.taskId, attempt, scrolled: goTo || scrollY });
}

function hear(message: ToTaskPage): void {
  answered();
  if (parts.silent) draw({ silent: false });
  switch (message.type) {
    case 'heard':
      break;
    case 'view':
      draw({ view: message.view });
      break;
    case 'output':
      takeOutput(message.part);
      break;
    case 'files':
      knowFiles(message.known);
      draw({ filesKnown: parts.filesKnown + 1 });
      break;
    case 'changes':
      draw({ changes: message.changes });
      break;
  }
}

followTheme();
addEventListener('message', ({ data }: MessageEvent<ToTaskPage>) => hear(data));
addEventListener('scroll', remember);
addEventListener('focus', () => tell({ type: 'here' }));
whenSilent(() => draw({ silent: true }));
keep(kept);
tell({ type: 'ready', attempt: kept.attempt });
