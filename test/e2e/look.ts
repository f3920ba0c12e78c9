/**
 * Takes a picture of the workbench with the extension on a fresh copy of the sample workspace:
 *   node out/test/e2e/look.js NAME [--theme THEME] [COMMAND ...]
 * Commands are palette titles such as "SparkQ: Show Log", run in order before the picture.
 */

import { parseArgs } from 'node:util';
import { Stage } from './support/stage';

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { theme: { type: 'string' } },
  });
  const [name = 'look', ...commands] = positionals;
  const stage = await Stage.set(values.theme ? { settings: { 'workbench.colorTheme': values.theme } } : {});
  try {
    const { workbench } = stage;
    await workbench.openContainer('SparkQ');
    for (const title of commands) await workbench.command(title);
    await workbench.settled();
    console.log(await workbench.picture(name));
  } finally {
    await stage.strike();
  }
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
