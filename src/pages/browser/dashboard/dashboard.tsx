/** The page: counts, runs over time, and their statistics. */

import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Overview } from '../../dashboard/dashboardData';
import { type DashboardView, type RangeName, ranges, startOfDay } from '../../dashboard/dashboardState';
import { doneSince, durations, waits } from '../../dashboard/runStatistics';
import { Card } from './card';
import type { DashboardL10n } from './dashboardL10n';
import type { Palette } from './palette';
import { PercentileTable } from './percentileTable';
import { Throughput } from './throughput';
import { LongestWaiting, Tiles } from './tiles';
import { Timeline } from './timeline';

/** The most scripts in the table of durations. */
const maxGroups = 12;
/** Empty space after the current time, as a share of the range. */
const margin = 0.02;
const pixels = 500;

export interface DashboardProps {
  l10n: DashboardL10n;
  palette: Palette;
  view: DashboardView;
  now: number;
  choose: (range: RangeName) => void;
  tryAgain: () => void;
  open: ((taskId: string) => void) | undefined;
}

export function Dashboard(props: DashboardProps) {
  const { l10n, view, choose, tryAgain } = props;
  const { overview, problem, range } = view;
  return (
    <main>
      <header class="top">
        <h1>{l10n.texts.title}</h1>
        <fieldset class="ranges">
          <legend class="unseen">{l10n.texts.range}</legend>
          {(Object.keys(ranges) as RangeName[]).map((name) => (
            <label key={name}>
              <input type="radio" name="range" checked={name === range} onChange={() => choose(name)} />
              <span>{l10n.texts[`range${name}`]}</span>
            </label>
          ))}
        </fieldset>
      </header>
      {problem && (
        <p class="problem" role="alert">
          {l10n.fill('problem', problem)}{' '}
          <button type="button" onClick={tryAgain}>
            {l10n.texts.tryAgain}
          </button>
        </p>
      )}
      {overview ? (
        <Content {...props} overview={overview} />
      ) : (
        !problem && <p class="muted">{l10n.texts.loading}</p>
      )}
    </main>
  );
}

function Content({ l10n, palette, view, overview, now, open }: DashboardProps & { overview: Overview }) {
  const { texts } = l10n;
  const { range, runs, more } = view;
  const span = ranges[range];
  const all = { from: now - span, to: now + span * margin };
  const today = startOfDay(now);
  // The list changes only when the range has moved by a pixel.
  const since = Math.floor((now - span) / (span / pixels)) * (span / pixels);
  const seen = useMemo(() => runs.filter(({ end }) => end === null || end >= since), [runs, since]);
  const done = useMemo(() => doneSince(runs, today), [runs, today]);
  const byScript = useMemo(() => durations(seen), [seen]);
  const scripts = useMemo(() => new Set(seen.map((run) => run.script_path)), [seen]);
  const byStream = useMemo(() => waits(seen), [seen]);
  const names = new Map(overview.streams.map(({ id, name }) => [id, name]));
  return (
    <>
      <Tiles l10n={l10n} overview={overview} done={done} />
      {overview.longest && <LongestWaiting l10n={l10n} task={overview.longest} now={now} open={open} />}
      {seen.length === 0 ? (
        <Nothing l10n={l10n} overview={overview} />
      ) : (
        <>
          <Timeline
            key={range}
            l10n={l10n}
            palette={palette}
            overview={overview}
            runs={seen}
            all={all}
            now={now}
            open={open}
          />
          {more && <p class="hint">{l10n.fill('newestRuns', runs.length)}</p>}
          <div class="columns">
            <Throughput l10n={l10n} palette={palette} range={range} runs={seen} all={all} />
            <Card title={texts.waits} detail={texts.waitsDetail}>
              <PercentileTable
                l10n={l10n}
                caption={texts.waits}
                title={texts.stream}
                groups={byStream}
                nameOf={(id) => names.get(id) ?? id}
              />
            </Card>
          </div>
          <Card title={texts.durations} detail={texts.durationsDetail}>
            {byScript.length === 0 ? (
              <p class="muted">{texts.noneEnded}</p>
            ) : (
              <PercentileTable
                l10n={l10n}
                caption={texts.durations}
                title={texts.script}
                groups={byScript.slice(0, maxGroups)}
                nameOf={(key) => (scripts.has(key) ? scriptName(key) : key)}
                withFailures
              />
            )}
          </Card>
        </>
      )}
    </>
  );
}

/** The file name first, because it distinguishes scripts. */
function scriptName(path: string): ComponentChildren {
  const cut = path.lastIndexOf('/') + 1;
  return (
    <>
      {path.slice(cut)}
      {cut > 0 && <span class="muted folder"> {path.slice(0, cut - 1)}</span>}
    </>
  );
}

function Nothing({ l10n, overview }: { l10n: DashboardL10n; overview: Overview }) {
  const { texts } = l10n;
  const fresh = overview.streams.length === 0;
  return (
    <section class="card nothing">
      <h2>{fresh ? texts.nothingYet : texts.noRuns}</h2>
      <p class="muted">{fresh ? texts.nothingYetHint : texts.noRunsHint}</p>
    </section>
  );
}
