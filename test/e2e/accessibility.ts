/** What axe finds in a frame. */

import fs from 'node:fs/promises';
import type { Frame } from 'playwright-core';

interface Violation {
  id: string;
  impact: string;
  nodes: { html: string }[];
}

/** What keeps people from using a page: what axe calls serious or critical, with the elements. */
export async function problemsIn(frame: Frame): Promise<string[]> {
  await frame.evaluate(await fs.readFile(require.resolve('axe-core/axe.min.js'), 'utf8'));
  const { violations } = await frame.evaluate<{ violations: Violation[] }>('axe.run(document)');
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}
