/** How long a command takes that a person or an agent waits for, beside a Node that does nothing. */

import path from 'node:path';
import { Place, runNode, token } from './checkout';
import { median } from './statistics';

/** Milliseconds from start to exit, medians. */
export interface CliTimes {
  node: number;
  /** `sparkq enqueue` while a server runs, and a Node that does no more than ask one over HTTP. */
  served: number;
  request: number;
  /** `sparkq enqueue` while none runs, and a Node that does no more than load SQLite. */
  alone: number;
  sqlite: number;
}

const batch = 100;

export async function measureCli(folder: string, tasks: number, rounds: number): Promise<CliTimes> {
  const place = new Place(path.resolve('dist'), folder);
  place.run('setup', '--yes');
  const server = await place.serve();
  await fill(server.url, tasks);
  const enqueue = () => place.run('enqueue', '--stream', 'lane', '--tool', 'run-bash', '--label', 'build.sh');
  const node = () => void runNode(['-e', '0']);
  const request = () => void runNode(['-e', askingFor(`${server.url}/health`)]);
  const [served, asked, idle] = inTurn(rounds, [enqueue, request, node]);
  await server.end('SIGTERM');
  const [alone, sqlite, idleAlone] = inTurn(rounds, [
    enqueue,
    () => void runNode(['-e', loadingSqlite]),
    node,
  ]);
  return {
    node: median([...(idle ?? []), ...(idleAlone ?? [])]),
    served: median(served ?? []),
    request: median(asked ?? []),
    alone: median(alone ?? []),
    sqlite: median(sqlite ?? []),
  };
}

const askingFor = (url: string) =>
  `require('node:http').get(${JSON.stringify(url)}, (answer) => answer.resume())`;

const loadingSqlite = `
  const wasmBinary = require('node:fs').readFileSync(${JSON.stringify(path.resolve('dist/sql-wasm.wasm'))}).buffer;
  require(${JSON.stringify(path.resolve('dist/sql-wasm.js'))})({ wasmBinary }).then(({ Database }) => new Database());`;

/** The times that each of `works` took, one after the other in each round, and the other way round in the next. */
function inTurn(rounds: number, works: readonly (() => void)[]): number[][] {
  const times: number[][] = works.map(() => []);
  for (let round = 0; round < rounds; round++) {
    const order = works.map((_, index) => index);
    for (const index of round % 2 === 0 ? order : order.reverse()) {
      const start = performance.now();
      works[index]?.();
      times[index]?.push(performance.now() - start);
    }
  }
  return times;
}

async function fill(url: string, tasks: number): Promise<void> {
  const post = async (route: string, body: object) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const answer = await fetch(`${url}${route}`, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${route} answered ${answer.status}: ${await answer.text()}`);
  };
  await post('/api/sessions', { name: 'bench' });
  await post('/api/streams', { session_id: 'bench', name: 'lane' });
  for (let made = 0; made < tasks; made += batch) {
    const some = Array.from({ length: batch }, () => ({ tool_name: 'run-bash', payload: {} }));
    await post('/api/tasks/bulk', { stream_id: 'lane', tasks: some });
  }
}
