/** What axe finds in a page, or in a frame of one. */

import fs from 'node:fs/promises';
import type { Frame, Page } from 'playwright-core';

interface Violation {
  id: string;
  impact: string;
  nodes: { html: string }[];
}

/** What keeps people from using a page: what axe calls serious or critical, with the elements. */
export async function problemsIn(page: Frame | Page): Promise<string[]> {
  // A page's policy runs no script but its own, so the checker goes in beside it.
  if (!(await page.evaluate<boolean>('"axe" in globalThis')))
    await page.evaluate(await fs.readFile(require.resolve('axe-core/axe.min.js'), 'utf8'));
  // To describe each element that passes takes four times as long as all the rest.
  const { violations } = await page.evaluate<{ violations: Violation[] }>(
    "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => ({ violations }))",
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}
