/** How many runs ended in each stretch of time. */

import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { RangeName } from '../../dashboardState';
import type { TimedRun } from '../../runModel';
import { type Bucket, throughput } from '../../runStatistics';
import type { TimeWindow } from '../../timeWindow';
import { BarsChart } from './barsChart';
import { Card, Table, useAsTable } from './card';
import type { Palette } from './palette';
import { Swatch } from './swatch';
import type { Words } from './words';

const minute = 60_000;

/** What a bar stands for. */
const stretches = {
  '1h': { size: 5 * minute, name: 'per5Minutes' },
  '6h': { size: 15 * minute, name: 'per15Minutes' },
  '24h': { size: 60 * minute, name: 'perHour' },
  '7d': { size: 6 * 60 * minute, name: 'per6Hours' },
} as const;

export interface ThroughputProps {
  words: Words;
  palette: Palette;
  range: RangeName;
  runs: readonly TimedRun[];
  all: TimeWindow;
}

export function Throughput({ words, palette, range, runs, all }: ThroughputProps) {
  const { texts } = words;
  const { size, name } = stretches[range];
  const [asTable, tableButton] = useAsTable(words);
  const zone = -new Date(all.to).getTimezoneOffset() * minute;
  // The bars are others only when the last stretch is.
  const last = Math.floor((all.to + zone) / size);
  const buckets = useMemo(
    () => throughput(runs, { from: all.from, to: all.to, size, zone }),
    [runs, last, size, zone],
  );
  const sum = (of: (bucket: Bucket) => number) => buckets.reduce((total, bucket) => total + of(bucket), 0);
  const summary = words.say(
    'throughputSummary',
    sum(({ succeeded }) => succeeded),
    sum(({ failed }) => failed),
  );
  const legend = (
    <ul class="legend">
      {(['succeeded', 'failed'] as const).map((look) => (
        <li key={look}>
          <Swatch look={look} palette={palette} />
          {words.look(look)}
        </li>
      ))}
    </ul>
  );
  return (
    <Card title={texts.throughput} detail={texts[name]} tools={tableButton}>
      {asTable ? (
        <Table
          caption={texts.throughput}
          rows={buckets.filter(({ succeeded, failed }) => succeeded + failed > 0).reverse()}
          keyOf={({ start }) => String(start)}
          columns={[
            { title: texts.time, cell: ({ start }) => words.moment(start) },
            { title: texts.succeeded, number: true, cell: ({ succeeded }) => words.number(succeeded) },
            { title: texts.failed, number: true, cell: ({ failed }) => words.number(failed) },
          ]}
        />
      ) : (
        <figure aria-label={`${texts.throughput} ${texts[name]}`}>
          {legend}
          <Bars words={words} palette={palette} buckets={buckets} size={size} />
          <figcaption>{summary}</figcaption>
        </figure>
      )}
    </Card>
  );
}

interface BarsProps {
  words: Words;
  palette: Palette;
  buckets: readonly Bucket[];
  size: number;
}

function Bars({ words, palette, buckets, size }: BarsProps) {
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<BarsChart | null>(null);
  const [pointed, setPointed] = useState<number | null>(null);
  // Made once; the next effect draws it again.
  useLayoutEffect(() => {
    if (!host.current) return;
    const made = new BarsChart(host.current, words, setPointed, { buckets, size, palette });
    chart.current = made;
    return () => {
      chart.current = null;
      made.destroy();
    };
  }, []);
  useLayoutEffect(() => chart.current?.draw({ buckets, size, palette }), [buckets, size, palette]);
  const bucket = pointed === null ? undefined : buckets[pointed];
  const place = pointed === null ? undefined : chart.current?.placeOf(pointed);
  return (
    <div class="plot bars" ref={host}>
      {bucket && place !== undefined && bucket.succeeded + bucket.failed > 0 && (
        <div
          class="tooltip"
          data-side={place > (host.current?.clientWidth ?? 0) / 2 ? 'left' : 'right'}
          style={{ left: `${place}px`, top: '8px' }}
          aria-hidden="true"
        >
          <strong>{words.moment(bucket.start)}</strong>
          <span>{words.say('throughputSummary', bucket.succeeded, bucket.failed)}</span>
        </div>
      )}
    </div>
  );
}
