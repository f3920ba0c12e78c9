/** How many runs finished per hour, or whatever fits the range. */

import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { RangeName } from '../../dashboard/dashboardState';
import type { TimedRun } from '../../dashboard/runModel';
import { type Bucket, throughput } from '../../dashboard/runStatistics';
import type { TimeWindow } from '../../dashboard/timeWindow';
import { BarsChart } from './barsChart';
import { Card, Table, useAsTable } from './card';
import type { DashboardL10n } from './dashboardL10n';
import type { Palette } from './palette';
import { Swatch } from './swatch';

const minute = 60_000;

/** The time that a bar stands for. */
const stretches = {
  '1h': { size: 5 * minute, name: 'per5Minutes' },
  '6h': { size: 15 * minute, name: 'per15Minutes' },
  '24h': { size: 60 * minute, name: 'perHour' },
  '7d': { size: 6 * 60 * minute, name: 'per6Hours' },
} as const;

export interface ThroughputProps {
  l10n: DashboardL10n;
  palette: Palette;
  range: RangeName;
  runs: readonly TimedRun[];
  all: TimeWindow;
}

export function Throughput({ l10n, palette, range, runs, all }: ThroughputProps) {
  const { texts } = l10n;
  const { size, name } = stretches[range];
  const [asTable, tableButton] = useAsTable(l10n);
  const zone = -new Date(all.to).getTimezoneOffset() * minute;
  // The bars move only when a new one begins.
  const last = Math.floor((all.to + zone) / size);
  const buckets = useMemo(
    () => throughput(runs, { from: all.from, to: all.to, size, zone }),
    [runs, last, size, zone],
  );
  const sum = (of: (bucket: Bucket) => number) => buckets.reduce((total, bucket) => total + of(bucket), 0);
  const summary = l10n.fill(
    'throughputSummary',
    sum(({ succeeded }) => succeeded),
    sum(({ failed }) => failed),
  );
  const legend = (
    <ul class="legend">
      {(['succeeded', 'failed'] as const).map((state) => (
        <li key={state}>
          <Swatch state={state} palette={palette} />
          {l10n.stateName(state)}
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
            { title: texts.time, cell: ({ start }) => l10n.moment(start) },
            { title: texts.succeeded, number: true, cell: ({ succeeded }) => l10n.number(succeeded) },
            { title: texts.failed, number: true, cell: ({ failed }) => l10n.number(failed) },
          ]}
        />
      ) : (
        <figure aria-label={`${texts.throughput} ${texts[name]}`}>
          {legend}
          <Bars l10n={l10n} palette={palette} buckets={buckets} size={size} />
          <figcaption>{summary}</figcaption>
        </figure>
      )}
    </Card>
  );
}

interface BarsProps {
  l10n: DashboardL10n;
  palette: Palette;
  buckets: readonly Bucket[];
  size: number;
}

function Bars({ l10n, palette, buckets, size }: BarsProps) {
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<BarsChart | null>(null);
  const [pointed, setPointed] = useState<number | null>(null);
  // Created once; the next effect redraws it.
  useLayoutEffect(() => {
    if (!host.current) return;
    const made = new BarsChart(host.current, l10n, setPointed, { buckets, size, palette });
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
          <strong>{l10n.moment(bucket.start)}</strong>
          <span>{l10n.fill('throughputSummary', bucket.succeeded, bucket.failed)}</span>
        </div>
      )}
    </div>
  );
}
