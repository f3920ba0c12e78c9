/**
 * The port and the tokens with which a queue was last served. They belong to the queue, not to its owner, so that programs
 * that were given an address and a token can go on when the owner changes.
 */

import path from 'node:path';
import { randomHex } from '../core/ids';
import { readJson, replaceFile } from '../system/wholeFiles';

export interface Endpoint {
  token: string;
  agentToken: string;
  /** Null until the queue is first served. */
  port: number | null;
}

function endpointFile(storage: string): string {
  return path.join(storage, 'endpoint.json');
}

/** As the file has it; files of earlier versions have no `agent_token`. */
interface KeptEndpoint {
  token?: unknown;
  agent_token?: unknown;
  port?: unknown;
}

/** The last endpoint, with new tokens where it has none. */
export function readEndpoint(storage: string): Endpoint {
  const kept = readJson<KeptEndpoint>(endpointFile(storage)) ?? {};
  return {
    token: tokenOr(kept.token),
    agentToken: tokenOr(kept.agent_token),
    port: typeof kept.port === 'number' && Number.isInteger(kept.port) ? kept.port : null,
  };
}

/** Keeps the endpoint for the next owner, readable by this user alone. Only the owner of the queue may. */
export function writeEndpoint(storage: string, { token, agentToken, port }: Endpoint): void {
  replaceFile(endpointFile(storage), JSON.stringify({ token, agent_token: agentToken, port }));
}

function tokenOr(kept: unknown): string {
  return typeof kept === 'string' && kept !== '' ? kept : randomHex(32);
}
