/** The long form of the crash test: `node out/test/crash/main.js [kills] [seed]`. */

import { crash } from '../support/crashes';

async function main([kills = '500', seed = String(Date.now() % 1_000_000)]: string[]): Promise<void> {
  process.stdout.write(`${kills} kills, seed ${seed}\n`);
  await crash(Number(kills), Number(seed), (sum) => process.stdout.write(`${JSON.stringify(sum)}\n`));
}

main(process.argv.slice(2)).catch((error) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
