/** Runs over time in a lane per stream, for mouse and keyboard, or as a table. */

import { useId, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Overview } from '../../dashboard/dashboardData';
import { type LaneBar, layOutLanes } from '../../dashboard/runLanes';
import type { TimedRun } from '../../dashboard/runModel';
import { tallyOf } from '../../dashboard/runStatistics';
import { moved, showsAll, type TimeWindow, zoomed } from '../../dashboard/timeWindow';
import { Card, Table, useAsTable } from './card';
import type { DashboardL10n } from './dashboardL10n';
import type { Palette } from './palette';
import { Swatch } from './swatch';
import { TimelineChart, timelineHeight } from './timelineChart';
import { neighbourOf } from './timelineKeys';
import { laneHeight } from './timelineLayout';

/** The most rows of the table. */
const maxRows = 200;
const zoomStep = 0.5;
const moveStep = 0.25;

export interface TimelineProps {
  l10n: DashboardL10n;
  palette: Palette;
  overview: Overview;
  /** The runs of the range, by start. */
  runs: readonly TimedRun[];
  /** The whole range. */
  all: TimeWindow;
  now: number;
  open: ((taskId: string) => void) | undefined;
}

/** The selected bar, and its announcement if it was selected by keyboard: made once, not every second of the run. */
interface Choice {
  bar: LaneBar;
  announcement: string;
}

export function Timeline({ l10n, palette, overview, runs, all, now, open }: TimelineProps) {
  const { texts } = l10n;
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<TimelineChart | null>(null);
  const [zoom, setZoom] = useState<TimeWindow | null>(null);
  const [chosen, setChosen] = useState<Choice | null>(null);
  const [asTable, tableButton] = useAsTable(l10n);
  const hint = useId();
  const tally = useMemo(() => tallyOf(runs), [runs]);
  const lanes = useMemo(() => layOutLanes(runs, overview.streams), [runs, overview.streams]);
  const window = zoom ?? all;
  const show = (next: TimeWindow) => setZoom(showsAll(next, all) ? null : next);
  const openBar = ({ run }: LaneBar) => open?.(run.task_id);

  // The chart calls the current functions, not those from when it was created.
  const current = useRef({ window, all, show, openBar });
  current.current = { window, all, show, openBar };
  const picture = { lanes, window, now, palette, chosen: chosen?.bar ?? null };

  // Created once; the next effect redraws it.
  useLayoutEffect(() => {
    if (asTable || !host.current) return;
    const made = new TimelineChart(
      host.current,
      l10n,
      {
        point: (bar) => setChosen(bar && { bar, announcement: '' }),
        open: (bar) => current.current.openBar(bar),
        select: (next) => current.current.show(next),
        showAll: () => setZoom(null),
        move: (share) => current.current.show(moved(current.current.window, share, current.current.all)),
        zoom: (factor, centre) =>
          current.current.show(zoomed(current.current.window, factor, current.current.all, centre)),
      },
      picture,
    );
    chart.current = made;
    return () => {
      chart.current = null;
      made.destroy();
    };
  }, [asTable]);
  useLayoutEffect(() => chart.current?.draw(picture));

  const onKeyDown = (event: KeyboardEvent) => {
    const act = actionOf(event);
    if (!act) return;
    event.preventDefault();
    if (typeof act === 'string') {
      const next = neighbourOf(lanes, window, now, chosen?.bar ?? null, act);
      if (next) setChosen({ bar: next, announcement: sentenceOf(l10n, next.run, now, overview) });
    } else if ('zoom' in act) show(zoomed(window, act.zoom, all));
    else if ('move' in act) show(moved(window, act.move, all));
    else if ('all' in act) setZoom(null);
    else if ('leave' in act) setChosen(null);
    else if (chosen) openBar(chosen.bar);
  };

  const summary = l10n.fill('runsSummary', runs.length, tally.failed, tally.running);
  const tools = (
    <>
      {!asTable && (
        <>
          <Tool label={texts.earlier} sign="←" act={() => show(moved(window, -moveStep, all))} off={!zoom} />
          <Tool label={texts.later} sign="→" act={() => show(moved(window, moveStep, all))} off={!zoom} />
          <Tool
            label={texts.zoomOut}
            sign="−"
            act={() => show(zoomed(window, 1 / zoomStep, all))}
            off={!zoom}
          />
          <Tool label={texts.zoomIn} sign="+" act={() => show(zoomed(window, zoomStep, all))} />
          <button type="button" class="quiet" disabled={!zoom} onClick={() => setZoom(null)}>
            {texts.showAll}
          </button>
        </>
      )}
      {tableButton}
    </>
  );
  const place = chosen && chart.current?.placeOf(chosen.bar);
  return (
    <Card title={texts.runs} tools={tools} class="timeline">
      {asTable ? (
        <RunTable l10n={l10n} runs={runs} overview={overview} now={now} open={open} />
      ) : (
        <figure aria-label={texts.timeline}>
          <ul class="legend">
            {tally.states.map((state) => (
              <li key={state}>
                <Swatch state={state} palette={palette} />
                {l10n.stateName(state)}
              </li>
            ))}
          </ul>
          <div class="lanes">
            <ol class="lane-names" aria-hidden="true">
              {lanes.map((lane) => (
                <li key={lane.streamId} style={{ height: `${laneHeight(lane)}px` }} title={lane.name}>
                  <span class="lane-name">{lane.name}</span>
                </li>
              ))}
            </ol>
            <div
              class="plot"
              ref={host}
              style={{ height: `${timelineHeight(lanes)}px` }}
              // biome-ignore lint/a11y/noNoninteractiveTabindex: it handles its own keys, as its role says
              tabIndex={0}
              role="application"
              aria-roledescription={texts.timeline}
              aria-label={summary}
              aria-describedby={hint}
              onKeyDown={onKeyDown}
              onBlur={() => setChosen(null)}
            >
              {chosen && place && (
                <div
                  class="tooltip"
                  data-side={place.x > (host.current?.clientWidth ?? 0) / 2 ? 'left' : 'right'}
                  style={{ left: `${place.x}px`, top: `${place.y + 22}px` }}
                  aria-hidden="true"
                >
                  <RunFacts l10n={l10n} bar={chosen.bar} now={now} palette={palette} />
                </div>
              )}
            </div>
          </div>
          <figcaption>
            <span>{summary}</span> <span class="hint">{texts.mouseHint}</span>
            <span id={hint} class="unseen">
              {texts.runsHint}
            </span>
          </figcaption>
        </figure>
      )}
      <p class="unseen" aria-live="polite">
        {chosen?.announcement}
      </p>
    </Card>
  );
}

function Tool({ label, sign, act, off }: { label: string; sign: string; act: () => void; off?: boolean }) {
  return (
    <button type="button" class="quiet sign" title={label} aria-label={label} disabled={off} onClick={act}>
      {sign}
    </button>
  );
}

type Action =
  | 'ArrowLeft'
  | 'ArrowRight'
  | 'ArrowUp'
  | 'ArrowDown'
  | 'Home'
  | 'End'
  | { zoom: number }
  | { move: number }
  | { all: true }
  | { leave: true }
  | { open: true };

function actionOf({ key, shiftKey, ctrlKey, metaKey, altKey }: KeyboardEvent): Action | undefined {
  if (ctrlKey || metaKey || altKey) return undefined;
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowRight':
      return shiftKey ? { move: key === 'ArrowLeft' ? -moveStep : moveStep } : key;
    case 'ArrowUp':
    case 'ArrowDown':
    case 'Home':
    case 'End':
      return key;
    case 'PageUp':
      return { move: -1 };
    case 'PageDown':
      return { move: 1 };
    case '+':
    case '=':
      return { zoom: zoomStep };
    case '-':
      return { zoom: 1 / zoomStep };
    case '0':
      return { all: true };
    case 'Escape':
      return { leave: true };
    case 'Enter':
    case ' ':
      return { open: true };
    default:
      return undefined;
  }
}

function RunFacts({
  l10n,
  bar: { run },
  now,
  palette,
}: {
  l10n: DashboardL10n;
  bar: LaneBar;
  now: number;
  palette: Palette;
}) {
  const { state } = run;
  return (
    <>
      <strong>{run.name}</strong>
      <span class="outcome">
        <Swatch state={state} palette={palette} />
        {l10n.stateName(state)}
        {run.exit_code ? ` · ${l10n.fill('exitCode', run.exit_code)}` : ''}
        {run.number > 1 ? ` · ${l10n.fill('attempt', run.number)}` : ''}
      </span>
      <span>
        {l10n.duration((run.end ?? now) - run.start)} ·{' '}
        {l10n.fill('waited', l10n.duration(run.start - run.queued))}
      </span>
      <span class="muted">{l10n.moment(run.start)}</span>
    </>
  );
}

function sentenceOf(l10n: DashboardL10n, run: TimedRun, now: number, { streams }: Overview): string {
  return [
    run.name,
    l10n.stateName(run.state),
    l10n.duration((run.end ?? now) - run.start),
    streams.find(({ id }) => id === run.stream_id)?.name,
    l10n.moment(run.start),
  ]
    .filter(Boolean)
    .join(', ');
}

function RunTable({ l10n, runs, overview, now, open }: Omit<TimelineProps, 'palette' | 'all'>) {
  const { texts } = l10n;
  const names = new Map(overview.streams.map(({ id, name }) => [id, name]));
  const newest = runs.slice(-maxRows).reverse();
  return (
    <>
      <Table
        caption={texts.runs}
        rows={newest}
        keyOf={({ task_id, number }) => `${task_id} ${number}`}
        columns={[
          {
            title: texts.task,
            cell: (run) =>
              open ? (
                <button type="button" class="link" onClick={() => open(run.task_id)}>
                  {run.name}
                </button>
              ) : (
                run.name
              ),
          },
          { title: texts.stream, cell: (run) => names.get(run.stream_id) ?? run.stream_id },
          { title: texts.outcome, cell: (run) => l10n.stateName(run.state) },
          { title: texts.started, cell: (run) => l10n.moment(run.start) },
          {
            title: texts.duration,
            number: true,
            cell: (run) => l10n.duration((run.end ?? now) - run.start),
          },
        ]}
      />
      {runs.length > newest.length && (
        <p class="hint">{l10n.fill('newestRows', newest.length, runs.length)}</p>
      )}
    </>
  );
}
