/** Two built checkouts, measured in turn: which of their figures differ by more than they vary. */

import fs from 'node:fs';
import path from 'node:path';
import { Checkout, type Costs } from './checkout';
import { median, percentile } from './statistics';

/** A ratio may be so much worse before it is called worse. */
const tolerance = 1.05;

/**
 * Measures the checkout in `other` and the one in this folder in pairs, the order turned round each time, and prints
 * the ratios: this one to the other, so that more than 1 is worse.
 * @param folder for temporary files
 */
export async function compareCheckouts(
  other: string,
  folder: string,
  { pairs, tasks }: { pairs: number; tasks: number },
): Promise<void> {
  const checkouts = [new Checkout(other), new Checkout('.')] as const;
  const rounds: [Costs, Costs][] = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    const costs: [Costs, Costs] = [{}, {}];
    for (const side of pair % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
      const place = path.join(folder, `${pair}-${side}`);
      costs[side] = await checkouts[side].measure(place, tasks);
      fs.rmSync(place, { recursive: true, force: true });
    }
    rounds.push(costs);
    console.error(`Pair ${pair + 1} of ${pairs} measured`);
  }
  console.log(comparisonTable(other, rounds));
}

function comparisonTable(other: string, rounds: readonly (readonly [Costs, Costs])[]): string {
  const lines = [
    `## This checkout against ${other}: medians of ${rounds.length} pairs, milliseconds or bytes`,
    '',
    '| figure | there | here | ratio | middle half | |',
    '| --- | --- | --- | --- | --- | --- |',
  ];
  for (const name of Object.keys(rounds[0]?.[0] ?? {})) {
    const [there, here] = ([0, 1] as const).map((side) =>
      median(rounds.map((costs) => costs[side][name] ?? NaN)),
    );
    const ratios = rounds.map(([a, b]) => (b[name] ?? NaN) / (a[name] ?? NaN));
    const [low, high] = [percentile(ratios, 0.25), percentile(ratios, 0.75)];
    const cells = [
      name,
      figure(there),
      figure(here),
      ratio(median(ratios)),
      `${ratio(low)} to ${ratio(high)}`,
    ];
    lines.push(`| ${[...cells, verdict(low, high)].join(' | ')} |`);
  }
  lines.push(
    '',
    'A ratio above 1 is worse than there. It counts when the middle half of the pairs is beyond 5 %.',
    '',
  );
  return lines.join('\n');
}

function verdict(low: number, high: number): string {
  if (low > tolerance) return 'WORSE';
  return high < 1 / tolerance ? 'better' : 'as before';
}

const figure = (value = NaN) =>
  value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
const ratio = (value: number) => value.toFixed(3);
