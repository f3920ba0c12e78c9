/**
 * Where and by which token a queue was served last. It lies with the queue and not with its owner, so that agents
 * that hold an address and a token are not cut off when the owner changes.
 */

import path from 'node:path';
import { randomHex } from '../core/ids';
import { readJson, replaceFile } from '../system/wholeFiles';

export interface Endpoint {
  token: string;
  /** Null until the queue was served once. */
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
