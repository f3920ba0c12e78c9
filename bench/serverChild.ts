/**
 * Serves in a process of its own: `node serverChild.js queue FOLDER`, or `node serverChild.js echo`, a bare node:http
 * server that answers what it was sent. Prints its address, and a report for each line on stdin; for `collect` after
 * what could be collected was.
 */

import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { silentLog } from '../src/core/log';
import { startServer } from '../src/server/httpServer';
import { openQueue } from './engines/sparkq';
import type { ProcessReport } from './serverProcess';
import { percentile } from './statistics';

export const token = 'bench';

const noScripts = {
  refresh: async () => {},
  list: () => [],
  everything: () => [],
  search: () => [],
  problems: () => [],
};

async function serveQueue(folder: string): Promise<string> {
  const queue = await openQueue(folder);
  const server = await startServer({
    queue,
    scripts: noScripts,
    token,
    agentToken: 'agent',
    port: 0,
    log: silentLog,
    version: 'bench',
    programs: 'dist',
  });
  return server.url;
}

async function serveEcho(): Promise<string> {
  const server = http.createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => response.end(Buffer.concat(parts)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** How often the delay of the event loop is looked at, milliseconds. */
const interval = 5;
let delays: number[] = [];
let own: number[] = [];

/** Notes by how much each look is late, and how much of that this thread worked. */
function watchDelays(): void {
  // Newer than the types: of the Node that measures.
  const { threadCpuUsage } = process as unknown as { threadCpuUsage(): NodeJS.CpuUsage };
  const processorTime = () => {
    const { user, system } = threadCpuUsage.call(process);
    return (user + system) / 1000;
  };
  let last = performance.now();
  let worked = processorTime();
  setInterval(() => {
    const now = performance.now();
    const workedNow = processorTime();
    const delay = Math.max(0, now - last - interval);
    delays.push(delay);
    own.push(Math.min(delay, workedNow - worked));
    last = now;
    worked = workedNow;
  }, interval);
}

function report(): ProcessReport {
  const of = (values: readonly number[]) => ({
    p50: percentile(values, 0.5),
    p99: percentile(values, 0.99),
    longest: percentile(values, 1),
  });
  const delay = { ...of(delays), ownP99: of(own).p99, ownLongest: of(own).longest };
  delays = [];
  own = [];
  return { rss: process.memoryUsage.rss(), delay };
}

async function main(): Promise<void> {
  const [kind, folder = ''] = process.argv.slice(2);
  const url = kind === 'queue' ? await serveQueue(folder) : await serveEcho();
  process.stdout.write(`${url}\n`);
  watchDelays();
  for await (const question of createInterface({ input: process.stdin })) {
    if (question === 'collect') globalThis.gc?.();
    process.stdout.write(`${JSON.stringify(report())}\n`);
  }
  process.exit(0);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
