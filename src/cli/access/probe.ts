/** Asks a running owner over HTTP without anything but node:http: what has to be quick starts here. */

import http from 'node:http';
import { errorPrefix, protocolHeader, protocolVersion } from '../../core/protocol';
import { CommandError, exitCodes } from '../terminal/errors';

export interface OwnerAddress {
  /** `http://127.0.0.1:<port>` */
  url: string;
  token: string;
}

/** How long an owner may take to say that it is there, milliseconds. */
const probeLimit = 2_000;

/** Whether somebody serves at `url`. */
export async function isServing(url: string): Promise<boolean> {
  try {
    return (await ask('GET', `${url}/health`, {}, probeLimit)).status === 200;
  } catch {
    return false;
  }
}

/** Calls one route and answers its JSON. @throws CommandError when it is refused, with exit code 3 when nobody answers */
export async function call(
  method: string,
  { url, token }: OwnerAddress,
  path: string,
  limit = 10_000,
): Promise<unknown> {
  const headers = { authorization: `Bearer ${token}`, [protocolHeader]: String(protocolVersion) };
  const { status, text } = await ask(method, `${url}${path}`, headers, limit).catch((error: Error) => {
    throw new CommandError(`The owner of the queue at ${url} cannot be reached: ${error.message}`, {
      exitCode: exitCodes.unreachable,
    });
  });
  const body = JSON.parse(text) as { error?: string; hint?: string };
  if (status < 400) return body;
  throw new CommandError((body.error ?? `Status ${status}`).replace(errorPrefix, ''), {
    suggestion: body.hint,
  });
}

function ask(
  method: string,
  url: string,
  headers: Record<string, string>,
  limit: number,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    // Without an agent the connection ends with the answer, and nothing keeps the program.
    const request = http.request(url, { method, headers, agent: false, timeout: limit });
    request.on('timeout', () => request.destroy(new Error(`No answer within ${limit} ms`)));
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
      );
    });
    request.end();
  });
}
