/** The dashboard: reads the queue, follows its events, and draws at most once per frame. */

import { render } from 'preact';
import { systemClock } from '../../../core/clock';
import type { DashboardSource } from '../../dashboard/dashboardData';
import { DashboardState } from '../../dashboard/dashboardState';
import type { DashboardStart } from '../../dashboard/dashboardTexts';
import { pageRoot, startData } from '../shared/startData';
import { Dashboard } from './dashboard';
import { DashboardL10n } from './dashboardL10n';
import { FramePacer } from './framePacer';
import { HttpSource } from './httpSource';
import { onPaletteChange, readPalette } from './palette';
import { savedStateFrom } from './savedState';
import { WebviewSource, webviewHost } from './webviewSource';
import 'uplot/dist/uPlot.min.css';
import '../shared/theme.css';
import './dashboard.css';

/** Milliseconds between two steps of the line that marks the current time. */
const step = 1_000;

const start = startData<DashboardStart>();
const l10n = new DashboardL10n(start);
const root = pageRoot();
const host = webviewHost();
const saved = savedStateFrom(host?.getState());
const source: DashboardSource = host
  ? new WebviewSource(host, start.texts.unresponsive)
  : new HttpSource(start);
const state = new DashboardState(source, systemClock, saved.range, () => frames.ask());
const openTask = source.openTask?.bind(source);
let palette = readPalette();

const frames = new FramePacer(() => {
  render(
    <Dashboard
      l10n={l10n}
      palette={palette}
      view={state.view}
      now={Date.now()}
      choose={(range) => {
        host?.setState({ range });
        state.choose(range);
      }}
      tryAgain={() => state.refresh()}
      open={openTask}
    />,
    root,
  );
});

onPaletteChange(() => {
  palette = readPalette();
  frames.ask();
});
// With reduced motion the current time moves only when something happens.
const still = matchMedia('(prefers-reduced-motion: reduce)');
setInterval(() => {
  if (!still.matches && !document.hidden) frames.ask();
}, step);
// A page that gets no more events notices it when it is focused.
if (host) addEventListener('focus', () => state.refreshOverview());
state.start();
frames.ask();
