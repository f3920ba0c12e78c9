/** Makes ready what the tests of Windows need on this machine: `npm run provision:windows`. */

import { say } from './cache';
import { installWine, provisionWindows, windowsProblem } from './wine';

async function main(): Promise<void> {
  if (process.platform === 'win32') return say('This is Windows: the tests need nothing else.');
  // Only a missing wine can be mended.
  if (process.platform === 'linux' && process.arch === 'x64') await installWine();
  const problem = windowsProblem();
  if (problem) throw new Error(`The tests of Windows cannot run here: ${problem}`);
  say(`The tests of Windows are ready: ${await provisionWindows()}`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
