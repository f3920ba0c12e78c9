/** Median and 90th percentile of groups of runs, as a table with bars. */

import type { ComponentChildren } from 'preact';
import type { GroupPercentiles } from '../../dashboard/runStatistics';
import { type Column, Table } from './card';
import type { DashboardL10n } from './dashboardL10n';

export interface PercentileTableProps {
  l10n: DashboardL10n;
  caption: string;
  groups: readonly GroupPercentiles[];
  /** The heading of the groups' column. */
  title: string;
  nameOf: (key: string) => ComponentChildren;
  withFailures?: boolean;
}

export function PercentileTable({
  l10n,
  caption,
  groups,
  title,
  nameOf,
  withFailures,
}: PercentileTableProps) {
  const { texts } = l10n;
  const longest = Math.max(1, ...groups.map(({ p90 }) => p90));
  const columns: Column<GroupPercentiles>[] = [
    { title, cell: ({ key }) => nameOf(key) },
    { title: texts.count, number: true, cell: ({ count }) => l10n.number(count) },
    { title: texts.median, number: true, cell: ({ median }) => l10n.duration(median) },
    { title: texts.p90, hint: texts.p90Detail, number: true, cell: ({ p90 }) => l10n.duration(p90) },
    { title: '', cell: ({ median, p90 }) => <PercentileBar median={median / longest} p90={p90 / longest} /> },
  ];
  const failures: Column<GroupPercentiles> = {
    title: texts.failed,
    number: true,
    cell: ({ failed }) => <span class={failed > 0 ? 'failures' : 'muted'}>{l10n.number(failed)}</span>,
  };
  if (withFailures) columns.splice(2, 0, failures);
  return <Table caption={caption} rows={groups} keyOf={({ key }) => key} columns={columns} />;
}

/** The median solid, the 90th percentile lighter, as shares of the longest. */
function PercentileBar({ median, p90 }: { median: number; p90: number }) {
  const percent = (share: number) => `${Math.max(0.5, share * 100)}%`;
  return (
    <div class="spread" aria-hidden="true">
      <div class="p90" style={{ width: percent(p90) }} />
      <div class="median" style={{ width: percent(median) }} />
    </div>
  );
}
