/** 100 clients that claim and complete over HTTP, beside the same requests to a bare node:http server that echoes. */

import fs from 'node:fs';
import http from 'node:http';
import { payload } from './engine';
import { sparkq } from './engines/sparkq';
import { postJson } from './postJson';
import { ServerProcess } from './serverProcess';

const clients = 100;

export interface HttpLoad {
  seconds: number;
  /** Requests per second, claims and completions together. */
  requests: number;
  echo: number;
  claimed: number;
  /** Tasks that two clients were given; answers that were no 2xx. */
  doubles: number;
  errors: number;
  /** Bytes of the server's resident memory, after a second of work and at the end. */
  memoryBefore: number;
  memoryAfter: number;
}

/** Lets every client call again and again for so long; the calls per second. */
async function callFor(seconds: number, call: (client: number) => Promise<number>): Promise<number> {
  const start = performance.now();
  const end = start + seconds * 1000;
  let calls = 0;
  const client = async (_: unknown, index: number) => {
    while (performance.now() < end) {
      const made = await call(index);
      calls += made;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return calls / ((performance.now() - start) / 1000);
}

const post = (agent: http.Agent, url: string, body: string) => postJson(agent, url, 'bench', body);

export async function measureHttp(folder: string, seconds: number): Promise<HttpLoad> {
  const engine = await sparkq.open(folder, 0);
  await engine.close();
  const agent = new http.Agent({ keepAlive: true, maxSockets: clients });
  const echo = await ServerProcess.start('echo');
  const echoed = await callFor(Math.min(seconds, 10), async () => {
    await post(agent, echo.url, '{"result_summary":"done"}');
    return 1;
  });
  await echo.stop();

  const server = await ServerProcess.start('queue', folder);
  const { url } = server;
  const streams = 10;
  const streamOf = (client: number) => `str_${(client % streams).toString(16).padStart(12, '0')}`;
  const seen = new Set<string>();
  let doubles = 0;
  let errors = 0;
  const task = (client: number) =>
    JSON.stringify({ stream_id: streamOf(client), tool_name: 'run-bash', payload: JSON.parse(payload) });
  const work = async (client: number): Promise<number> => {
    const claimed = await post(agent, `${url}/api/streams/${streamOf(client)}/claim`, '{}');
    if (claimed.status === 204) {
      const made = await post(agent, `${url}/api/tasks`, task(client));
      if (made.status !== 200) errors += 1;
      return 2;
    }
    if (claimed.status !== 200) {
      errors += 1;
      return 1;
    }
    const answer = JSON.parse(claimed.body) as { task: { id: string }; lease: string };
    if (seen.has(answer.task.id)) doubles += 1;
    seen.add(answer.task.id);
    const done = { result_summary: 'done', lease: answer.lease };
    const completed = await post(agent, `${url}/api/tasks/${answer.task.id}/complete`, JSON.stringify(done));
    if (completed.status !== 200) errors += 1;
    return 2;
  };
  await callFor(1, work);
  const memoryBefore = await server.memory();
  const requests = await callFor(seconds, work);
  const memoryAfter = await server.memory();
  await server.stop();
  agent.destroy();
  fs.rmSync(folder, { recursive: true, force: true });
  return { seconds, requests, echo: echoed, claimed: seen.size, doubles, errors, memoryBefore, memoryAfter };
}
