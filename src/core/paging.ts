/** Reads paged lists of a queue. */

import type { Page } from './model';
import type { PageRequest } from './queue';

/** The most rows in a page. */
const largestPage = 1_000;

/** The first `count` rows of a list, and the total. */
export async function firstRows<T>(
  count: number,
  list: (request: PageRequest) => Promise<Page<T>>,
): Promise<{ items: T[]; total: number }> {
  const items: T[] = [];
  let total = 0;
  while (items.length < count) {
    const page = await list({ limit: Math.min(largestPage, count - items.length), offset: items.length });
    items.push(...page.items);
    total = page.total;
    if (page.items.length === 0 || items.length >= total) break;
  }
  return { items, total };
}

/** All rows of a list. */
export async function everything<T>(list: (request: PageRequest) => Promise<Page<T>>): Promise<T[]> {
  return (await firstRows(Number.POSITIVE_INFINITY, list)).items;
}
