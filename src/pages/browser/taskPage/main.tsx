/** The page of a task: renders what the extension sends, and sends it what the person asks for. */

import { render } from 'preact';
import type { ToTaskPage } from '../../taskPage/taskPageProtocol';
import { pageRoot } from '../shared/startData';
import { followTheme } from './ansiColours';
import { onUnresponsive, received, savedState, saveState, send } from './extensionHost';
import { addKnownFiles } from './fileLinks';
import { addOutput, addTranscript } from './output';
import { onReviewKey } from './reviewKey';
import { type PageParts, TaskPage } from './taskPage';
import { start } from './taskPageL10n';
import './taskPage.css';

const root = pageRoot();
const saved = savedState(start.taskId);
/** The scroll position to restore once the page is long enough; 0 when that is done. */
let scrollTarget = saved.scrolled;

const parts: PageParts = {
  view: null,
  changes: null,
  filesKnown: 0,
  unresponsive: false,
  raw: saved.raw,
  chooseForm,
};

function chooseForm(raw: boolean): void {
  send({ type: 'chooseForm', raw });
  draw({ raw });
}

function draw(changed: Partial<PageParts>): void {
  Object.assign(parts, changed);
  render(<TaskPage {...parts} />, root);
  if (scrollTarget > 0 && document.documentElement.scrollHeight >= scrollTarget + innerHeight) {
    scrollTo(0, scrollTarget);
    scrollTarget = 0;
  }
  save();
}

/** Saves what the page restores when it is shown again. */
function save(): void {
  const { view } = parts;
  const newest = view?.kind === 'task' ? (view.attempts[0]?.number ?? 0) : 0;
  const attempt = view?.kind === 'task' && view.attempt !== newest ? view.attempt : null;
  saveState({ taskId: start.taskId, attempt, raw: parts.raw, scrolled: scrollTarget || scrollY });
}

function onMessage(message: ToTaskPage): void {
  received();
  if (parts.unresponsive) draw({ unresponsive: false });
  switch (message.type) {
    case 'received':
      break;
    case 'view':
      draw({ view: message.view });
      break;
    case 'output':
      addOutput(message.part);
      break;
    case 'transcript':
      addTranscript(message.part);
      break;
    case 'files':
      addKnownFiles(message.known);
      draw({ filesKnown: parts.filesKnown + 1 });
      break;
    case 'changes':
      draw({ changes: message.changes });
      break;
  }
}

followTheme();
addEventListener('message', ({ data }: MessageEvent<ToTaskPage>) => onMessage(data));
addEventListener('scroll', save);
addEventListener('keydown', (event) => onReviewKey(event, parts.view));
addEventListener('focus', () => send({ type: 'focused' }));
onUnresponsive(() => draw({ unresponsive: true }));
saveState(saved);
send({ type: 'ready', attempt: saved.attempt, raw: saved.raw });
