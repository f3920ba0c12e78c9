/** Keeps the machine awake until it is ended, and says once it does. */

import { Inhibitor } from '../../../src/system/inhibitor';

async function main(): Promise<void> {
  const inhibitor = await Inhibitor.hold({ why: 'a test', onPower: false, onLost: () => process.exit(3) });
  console.log(inhibitor === null ? 'refused' : 'held');
  if (inhibitor === null) return;
  process.once('SIGUSR2', () => inhibitor.release());
  setInterval(() => {}, 60_000);
}

void main();
