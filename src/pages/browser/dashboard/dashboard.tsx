/** The page: figures, runs over time, and what they come to. */

import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Glance } from '../../dashboardData';
import { type DashboardView, type RangeName, ranges, startOfDay } from '../../dashboardState';
import { doneSince, durations, waits } from '../../runStatistics';
import { Card } from './card';
import type { Palette } from './palette';
import { Spreads } from './spreads';
import { Throughput } from './throughput';
import { LongestWaiting, Tiles } from './tiles';
import { Timeline } from './timeline';
import type { Words } from './words';

/** Scripts whose durations are told. */
const mostGroups = 12;
/** Room for what comes next, as a share of the span. */
const margin = 0.02;
const pixels = 500;

export interface DashboardProps {
  words: Words;
  palette: Palette;
  view: DashboardView;
  now: number;
  choose: (range: RangeName) => void;
  tryAgain: () => void;
  open: ((taskId: string) => void) | undefined;
}

export function Dashboard(props: DashboardProps) {
  const { words, view, choose, tryAgain } = props;
  const { glance, problem, range } = view;
  return (
    <main>
      <header class="top">
        <h1>{words.texts.title}</h1>
        <fieldset class="ranges">
          <legend class="unseen">{words.texts.range}</legend>
          {(Object.keys(ranges) as RangeName[]).map((name) => (
            <label key={name}>
              <input type="radio" name="range" checked={name === range} onChange={() => choose(name)} />
              <span>{words.texts[`range${name}`]}</span>
            </label>
          ))}
        </fieldset>
      </header>
      {problem && (
        <p class="problem" role="alert">
          {words.say('problem', problem)}{' '}
          <button type="button" onClick={tryAgain}>
            {words.texts.tryAgain}
          </button>
        </p>
      )}
      {glance ? (
        <Content {...props} glance={glance} />
      ) : (
        !problem && <p class="muted">{words.texts.loading}</p>
      )}
    </main>
  );
}

function Content({ words, palette, view, glance, now, open }: DashboardProps & { glance: Glance }) {
  const { texts } = words;
  const { range, runs, more } = view;
  const span = ranges[range];
  const all = { from: now - span, to: now + span * margin };
  const today = startOfDay(now);
  // What leaves the span by less than a pixel is not worth a new list.
  const since = Math.floor((now - span) / (span / pixels)) * (span / pixels);
  const seen = useMemo(() => runs.filter(({ end }) => end === null || end >= since), [runs, since]);
  const done = useMemo(() => doneSince(runs, today), [runs, today]);
  const byScript = useMemo(() => durations(seen), [seen]);
  const byStream = useMemo(() => waits(seen), [seen]);
  const names = new Map(glance.streams.map(({ id, name }) => [id, name]));
  return (
    <>
      <Tiles words={words} glance={glance} done={done} />
      {glance.longest && <LongestWaiting words={words} task={glance.longest} now={now} open={open} />}
      {seen.length === 0 ? (
        <Nothing words={words} glance={glance} />
      ) : (
        <>
          <Timeline
            key={range}
            words={words}
            palette={palette}
            glance={glance}
            runs={seen}
            all={all}
            now={now}
            open={open}
          />
          {more && <p class="hint">{words.say('newestRuns', runs.length)}</p>}
          <div class="columns">
            <Throughput words={words} palette={palette} range={range} runs={seen} all={all} />
            <Card title={texts.waits} detail={texts.waitsDetail}>
              <Spreads
                words={words}
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
              <Spreads
                words={words}
                caption={texts.durations}
                title={texts.script}
                groups={byScript.slice(0, mostGroups)}
                nameOf={scriptName}
                withFailures
              />
            )}
          </Card>
        </>
      )}
    </>
  );
}

/** The file first: that is what tells scripts apart. */
function scriptName(path: string): ComponentChildren {
  const cut = path.lastIndexOf('/') + 1;
  return (
    <>
      {path.slice(cut)}
      {cut > 0 && <span class="muted folder"> {path.slice(0, cut - 1)}</span>}
    </>
  );
}

function Nothing({ words, glance }: { words: Words; glance: Glance }) {
  const { texts } = words;
  const fresh = glance.streams.length === 0;
  return (
    <section class="card nothing">
      <h2>{fresh ? texts.nothingYet : texts.noRuns}</h2>
      <p class="muted">{fresh ? texts.nothingYetHint : texts.noRunsHint}</p>
    </section>
  );
}
