/**
 * The port and the token with which a queue was last served. They belong to the queue, not to its owner, so that agents
 * that were given an address and a token can go on when the owner changes.
 */

import path from 'node:path';
import { randomHex } from '../core/ids';
import { readJson, replaceFile } from '../system/wholeFiles';

export interface Endpoint {
  token: string;
  /** Null until the queue is first served. */
  port: number | null;
}

function endpointFile(storage: string): string {
  return path.join(storage, 'endpoint.json');
}

/** The last endpoint, or one with a new token. */
export function readEndpoint(storage: string): Endpoint {
  const kept = readJson<Partial<Endpoint>>(endpointFile(storage));
  const token = typeof kept?.token === 'string' && kept.token !== '' ? kept.token : randomHex(32);
  return { token, port: Number.isInteger(kept?.port) ? (kept?.port ?? null) : null };
}

/** Keeps the endpoint for the next owner, readable by this user alone. Only the owner of the queue may. */
export function writeEndpoint(storage: string, endpoint: Endpoint): void {
  replaceFile(endpointFile(storage), JSON.stringify(endpoint));
}
