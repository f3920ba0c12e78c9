/** The dashboard: reads the queue, follows what happens, and draws at most once for each picture of the screen. */

import { render } from 'preact';
import { systemClock } from '../../../core/clock';
import type { DashboardSource } from '../../dashboardData';
import { DashboardState } from '../../dashboardState';
import type { DashboardStart } from '../../dashboardTexts';
import { pageRoot, startingData } from '../shared/start';
import { Dashboard } from './dashboard';
import { FramePacer } from './framePacer';
import { HttpSource } from './httpSource';
import { keptOr } from './kept';
import { onPaletteChange, readPalette } from './palette';
import { WebviewSource, webviewHost } from './webviewSource';
import { Words } from './words';
import 'uplot/dist/uPlot.min.css';
import '../shared/theme.css';
import './dashboard.css';

/** Milliseconds between two steps of the line that stands for the present. */
const step = 1_000;

const start = startingData<DashboardStart>();
const words = new Words(start);
const root = pageRoot();
const host = webviewHost();
const kept = keptOr(host?.getState());
const source: DashboardSource = host ? new WebviewSource(host, start.texts.silent) : new HttpSource(start);
const state = new DashboardState(source, systemClock, kept.range, () => frames.ask());
const openTask = source.openTask?.bind(source);
let palette = readPalette();

const frames = new FramePacer(() => {
  render(
    <Dashboard
      words={words}
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
// Whoever wants no motion sees the present move on when something happens.
const still = matchMedia('(prefers-reduced-motion: reduce)');
setInterval(() => {
  if (!still.matches && !document.hidden) frames.ask();
}, step);
// A page that nobody tells anything any more finds out when a person turns to it.
if (host) addEventListener('focus', () => state.look());
state.start();
frames.ask();
