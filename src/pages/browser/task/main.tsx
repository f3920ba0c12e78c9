/** The page of a task: draws what the extension sends, and tells it what the person wants. */

import { render } from 'preact';
import type { ToTaskPage } from '../../taskPageData';
import { pageRoot } from '../shared/start';
import { keptState, tell } from './host';
import { TaskPage } from './page';
import { start } from './texts';
import './task.css';

const root = pageRoot();
const kept = keptState(start.taskId);

addEventListener('message', ({ data }: MessageEvent<ToTaskPage>) => {
  if (data.type === 'view') render(<TaskPage view={data.view} />, root);
});
tell({ type: 'ready', attempt: kept.attempt });
