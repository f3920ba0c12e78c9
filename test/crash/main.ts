/**
 * The long form of the crash tests: `node out/test/crash/main.js [FORM] [kills] [seed]`, with one of the
 * forms below. Without arguments, all.
 */

import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { killAgents } from '../support/agents/agentKills';
import { crash } from '../support/crashes';
import { killBackground } from '../support/killed/backgroundKills';
import { killAtNight } from '../support/killed/nightKills';
import { crashResources } from '../support/killed/resourceCrashes';
import { crashRuns } from '../support/killed/runCrashes';
import { killWorktrees } from '../support/killed/worktreeKills';
import { killHosts } from '../support/postgres/killedHosts';
import { compareOnServer } from '../support/postgres/model';
import { workThroughProxy } from '../support/postgres/proxyFaults';
import { PostgresServer } from '../support/postgres/server';
import { SmallDisk } from '../support/smallDisk';

const forms = {
  queue: { run: crash, kills: 500 },
  runs: { run: crashRuns, kills: 200 },
  agents: { run: agentRounds, kills: 50 },
  background: { run: killBackground, kills: 50 },
  resources: { run: crashResources, kills: 100 },
  night: { run: nights, kills: 100 },
  'postgres-hosts': { run: killHosts, kills: 200 },
  'postgres-model': { run: onServer(compareOnServer), kills: 100 },
  'postgres-proxy': { run: onServer(workThroughProxy), kills: 1000 },
  worktrees: { run: worktreesOnSmallDisk, kills: 500 },
} as const;

/** Ten for each 100 tasks. */
async function agentRounds(kills: number, seed: number, say: (sum: object) => void): Promise<void> {
  for (let left = kills, round = 0; left > 0; left -= 10, round += 1)
    say(await killAgents(Math.min(left, 10), seed + round, 100));
}

/** Twenty-five in each, of 100 tasks. */
async function nights(kills: number, seed: number, say: (sum: object) => void): Promise<void> {
  for (let left = kills, round = 0; left > 0; left -= 25, round += 1)
    say(await killAtNight(Math.min(left, 25), seed + round, 100));
}

type Form = (kills: number, seed: number, say: (sum: object) => void) => Promise<unknown>;

/** With a PostgreSQL server of its own. */
function onServer(form: Form): Form {
  return async (...given) => {
    const server = await PostgresServer.start();
    process.env.SPARKQ_TEST_POSTGRES = server.url;
    try {
      await form(...given);
    } finally {
      await server.stop();
    }
  };
}

/** On a disk that can be filled, where one can be had: only what is started there sees it. */
async function worktreesOnSmallDisk(kills: number, seed: number, say: (sum: object) => void): Promise<void> {
  const { SPARKQ_SMALL_DISK: disk } = process.env;
  if (disk !== undefined || !SmallDisk.possible()) return void (await killWorktrees(kills, seed, say, disk));
  const place = fs.mkdtempSync(path.join(os.tmpdir(), 'sparkq-disk-'));
  const line = 'mount -t tmpfs -o size=96m tmpfs "$SPARKQ_SMALL_DISK" && exec "$@"';
  const again = [process.execPath, __filename, 'worktrees', String(kills), String(seed)];
  const { status } = spawnSync('unshare', ['-rm', 'sh', '-c', line, 'sh', ...again], {
    stdio: 'inherit',
    env: { ...process.env, SPARKQ_SMALL_DISK: place },
  });
  fs.rmSync(place, { recursive: true, force: true });
  if (status !== 0) throw new Error(`On the small disk ${place}: ${status}`);
}

function isForm(name: string | undefined): name is keyof typeof forms {
  return name !== undefined && name in forms;
}

async function main([name, count, given]: string[]): Promise<void> {
  const seed = Number(given ?? Date.now() % 1_000_000);
  for (const form of isForm(name) ? [name] : (Object.keys(forms) as (keyof typeof forms)[])) {
    const { run, kills: usual } = forms[form];
    const kills = Number(count ?? usual);
    process.stdout.write(`${form}: ${kills} kills, seed ${seed}\n`);
    await run(kills, seed, (sum: object) => process.stdout.write(`${JSON.stringify(sum)}\n`));
  }
}

main(process.argv.slice(2)).catch((error) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
