/** A section of the page with a heading; its chart can be shown as a table. */

import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';
import type { DashboardL10n } from './dashboardL10n';

export function Card({
  title,
  detail,
  children,
  tools,
  class: name = '',
}: {
  title: string;
  detail?: string;
  tools?: ComponentChildren;
  children: ComponentChildren;
  class?: string;
}) {
  const id = useId();
  return (
    <section class={`card ${name}`} aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {detail && <p class="detail">{detail}</p>}
        <div class="tools">{tools}</div>
      </header>
      {children}
    </section>
  );
}

/** Whether a chart is shown as a table, and the button that toggles it. */
export function useAsTable(l10n: DashboardL10n): [asTable: boolean, button: ComponentChildren] {
  const [asTable, setAsTable] = useState(false);
  const button = (
    <button type="button" class="quiet" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
      {l10n.texts.asTable}
    </button>
  );
  return [asTable, button];
}

export interface Column<T> {
  title: string;
  hint?: string;
  /** Aligned to the right. */
  number?: boolean;
  cell: (row: T) => ComponentChildren;
}

export function Table<T>({
  columns,
  rows,
  keyOf,
  caption,
}: {
  columns: readonly Column<T>[];
  rows: readonly T[];
  keyOf: (row: T) => string;
  caption: string;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: scrollable content must be reachable by keyboard
    <section class="table" tabIndex={0} aria-label={caption}>
      <table>
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ title, hint, number }) => (
              <th key={title} scope="col" title={hint} class={number ? 'number' : ''}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map(({ title, number, cell }, at) =>
                at === 0 ? (
                  <th key={title} scope="row">
                    {cell(row)}
                  </th>
                ) : (
                  <td key={title} class={number ? 'number' : ''}>
                    {cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
