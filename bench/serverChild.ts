/**
 * Serves in a process of its own: `node serverChild.js queue FOLDER`, or `node serverChild.js echo`, a bare node:http
 * server that answers what it was sent. Prints its address, and its resident memory for each line on stdin.
 */

import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { silentLog } from '../src/core/log';
import { startServer } from '../src/server/httpServer';
import { openQueue } from './engines/sparkq';

export const token = 'bench';

const noScripts = { refresh: async () => {}, list: () => [], search: () => [], problems: () => [] };

async function serveQueue(folder: string): Promise<string> {
  const queue = await openQueue(folder);
  const server = await startServer({
    queue,
    scripts: noScripts,
    token,
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

async function main(): Promise<void> {
  const [kind, folder = ''] = process.argv.slice(2);
  const url = kind === 'queue' ? await serveQueue(folder) : await serveEcho();
  process.stdout.write(`${url}\n`);
  for await (const _ of createInterface({ input: process.stdin })) {
    // What could be collected is no leak.
    globalThis.gc?.();
    process.stdout.write(`${process.memoryUsage.rss()}\n`);
  }
  process.exit(0);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
