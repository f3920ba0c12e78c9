/** Serves a queue that this process owns, and announces where. */

import { messageOf, QueueError } from '../core/errors';
import { protocolVersion } from '../core/protocol';
import { type HttpServer, startServer } from '../server/httpServer';
import type { ScriptSource } from '../server/services';
import { tidy } from '../system/heldFiles';
import { pidSpace, processStartTime } from '../system/processes';
import { type Discovery, realStorage, removeDiscovery, sweepDiscoveries, writeDiscovery } from './discovery';
import { readEndpoint, writeEndpoint } from './endpoint';
import type { OpenQueueOptions, OwnedQueue } from './options';

const noScripts: ScriptSource = {
  refresh: async () => {},
  list: () => [],
  everything: () => [],
  search: () => [],
  problems: () => [],
};

export interface Serving {
  readonly url: string;
  /** Accepts no more requests and lets those under way end. The announcement of a later owner stays. */
  end(): Promise<void>;
}

/** @throws QueueError `conflict` when the port is taken and no other will do */
export async function serveQueue(
  own: OwnedQueue,
  options: OpenQueueOptions,
  hooks: { onHandover: () => void; strictPort: boolean },
): Promise<Serving> {
  const { storage, home, version, workspace, log } = options;
  const last = readEndpoint(storage);
  const { agentToken } = last;
  const token = options.token ?? last.token;
  const listen = (port: number): Promise<HttpServer> =>
    startServer({
      queue: own,
      scripts: options.scripts ?? noScripts,
      token,
      agentToken,
      port,
      log,
      version,
      programs: options.programs,
      clock: options.clock,
      onHandover: hooks.onHandover,
      onStop: options.onStop,
    });
  const server = await listenSomewhere(options.port, last.port, hooks.strictPort, listen, options);
  const space = pidSpace();
  const discovery: Discovery = {
    protocol: protocolVersion,
    version,
    pid: process.pid,
    startTime: processStartTime(process.pid),
    host: space.host,
    bootId: space.boot,
    pidNamespace: space.namespace,
    role: options.role,
    url: server.url,
    port: server.port,
    token,
    agent_token: agentToken,
    workspaces: workspace === null ? [] : [workspace],
    storage: realStorage(storage),
    generation: own.generation,
  };
  try {
    writeEndpoint(storage, { token, agentToken, port: server.port });
    writeDiscovery(home, discovery);
  } catch (error) {
    await server.close();
    throw error;
  }
  tidy(home, () => void sweepDiscoveries(home));
  own.setUrl(server.url);
  return {
    url: server.url,
    async end() {
      try {
        removeDiscovery(home, discovery);
      } catch (error) {
        // Clients see by the owner's lock that it is out of date.
        log.warn(`The discovery file of ${storage} was not removed: ${messageOf(error)}`);
      }
      await server.close();
    },
  };
}

/** Tries the port that was asked for, else the last one, else any. */
async function listenSomewhere(
  wanted: number | undefined,
  last: number | null,
  strict: boolean,
  listen: (port: number) => Promise<HttpServer>,
  { log }: OpenQueueOptions,
): Promise<HttpServer> {
  const first = wanted ?? last;
  if (first === null || first === 0) return listen(0);
  try {
    return await listen(first);
  } catch (error) {
    if (!QueueError.is(error, 'conflict') || (strict && wanted !== undefined)) throw error;
    const server = await listen(0);
    if (wanted !== undefined) log.warn(`Port ${wanted} is taken: the queue is served on port ${server.port}`);
    return server;
  }
}
