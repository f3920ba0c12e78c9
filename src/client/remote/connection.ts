/** The client's end of the HTTP connection: requests that are safe to repeat, and are repeated when it breaks. */

import http from 'node:http';
import { type Clock, sleep, systemClock } from '../../core/clock';
import { type ErrorCode, errorStatus, messageOf, QueueError } from '../../core/errors';
import { type ErrorBody, errorPrefix, protocolHeader, protocolVersion } from '../../core/protocol';

/** Milliseconds between two tries to reach the owner; the first retry is immediate. */
const retryDelay = 100;

export interface ConnectionOptions {
  /** `http://127.0.0.1:<port>` */
  url: string;
  token: string;
  /** Milliseconds to keep trying when the owner cannot be reached; 3,000 by default. */
  patience?: number;
  /** Milliseconds after which an owner that sends nothing counts as gone; 30,000 by default. */
  silence?: number;
  clock?: Clock;
}

export interface Exchange {
  method: string;
  path: string;
  /** Built again for each try. */
  body?: () => object;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** Milliseconds for which the owner may delay the answer on purpose. */
  held?: number;
}

export interface Reply {
  status: number;
  headers: http.IncomingHttpHeaders;
  text: string;
}

/** The connection broke: whether the request had an effect is unknown. */
class Broken extends Error {
  override readonly name = 'Broken';
}

/** The owner sent nothing for too long, so that asking again would only take as long. */
class Silent extends Error {
  override readonly name = 'Silent';
}

export class Connection {
  readonly #agent = new http.Agent({ keepAlive: true });
  readonly #clock: Clock;
  readonly #patience: number;
  #closed = false;

  constructor(readonly options: ConnectionOptions) {
    this.#clock = options.clock ?? systemClock;
    this.#patience = options.patience ?? 3_000;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Sends a request until it is answered.
   * @throws QueueError as the owner refuses it, or `unavailable` when the owner cannot be reached
   */
  async exchange(exchange: Exchange): Promise<Reply> {
    let firstFailure: number | undefined;
    for (;;) {
      try {
        return await this.#once(exchange);
      } catch (error) {
        const repeatable = error instanceof Broken || QueueError.is(error, 'unavailable');
        if (!repeatable || this.#closed || exchange.signal?.aborted === true) throw this.#refusal(error);
        const now = this.#clock.monotonic();
        if (firstFailure !== undefined) {
          if (now - firstFailure >= this.#patience) throw this.#refusal(error);
          await sleep(retryDelay, this.#clock);
        }
        firstFailure ??= now;
      }
    }
  }

  /** Opens an event stream; resolves with its response once the owner has begun to answer. */
  open(path: string, headers: Record<string, string>, silence: number): Promise<http.IncomingMessage> {
    if (this.#closed) return Promise.reject(this.#refusal(new Broken('The connection is closed')));
    return new Promise((resolve, reject) => {
      const request = http.request(`${this.options.url}${path}`, {
        headers: { ...this.#headers(), ...headers },
        agent: this.#agent,
        timeout: silence,
      });
      request.on('timeout', () => request.destroy(new Silent('The owner stopped responding')));
      request.on('error', (error) => reject(this.#refusal(error)));
      request.on('response', (response) => {
        if (response.statusCode === 200) resolve(response);
        else {
          readText(response).then(
            (text) => reject(refusalOf(response.statusCode ?? 0, text)),
            (error) => reject(this.#refusal(error)),
          );
        }
      });
      request.end();
    });
  }

  /** Breaks the requests under way. */
  close(): void {
    this.#closed = true;
    this.#agent.destroy();
  }

  #once({ method, path, body, headers, signal, held = 0 }: Exchange): Promise<Reply> {
    if (this.#closed) return Promise.reject(new Broken('The connection is closed'));
    const { silence = 30_000 } = this.options;
    const text = body === undefined ? undefined : JSON.stringify(body());
    return new Promise((resolve, reject) => {
      const broken = (error: unknown): void =>
        reject(error instanceof Silent ? error : new Broken(messageOf(error), { cause: error }));
      const request = http.request(`${this.options.url}${path}`, {
        method,
        agent: this.#agent,
        signal,
        timeout: silence + held,
        headers: {
          ...this.#headers(),
          ...headers,
          ...(text === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
        },
      });
      request.on('timeout', () => request.destroy(new Silent('The owner stopped responding')));
      request.on('error', broken);
      request.on('response', (response) => {
        const status = response.statusCode ?? 0;
        readText(response).then((answer) => {
          if (status < 400) resolve({ status, headers: response.headers, text: answer });
          else reject(refusalOf(status, answer));
        }, broken);
      });
      request.end(text);
    });
  }

  #headers(): Record<string, string> {
    return { authorization: `Bearer ${this.options.token}`, [protocolHeader]: String(protocolVersion) };
  }

  #refusal(error: unknown): QueueError {
    if (error instanceof QueueError) return error;
    return new QueueError(
      'unavailable',
      `The queue at ${this.options.url} cannot be reached: ${messageOf(error)}`,
      'Start it again: open the editor on the folder, or run `sparkq serve`',
      undefined,
      { cause: error },
    );
  }
}

/** The error that an error body describes. */
function refusalOf(status: number, text: string): QueueError {
  const body = parseBody(text);
  if (body === undefined) {
    return new QueueError(
      'internal',
      `The server's answer (status ${status}) is not from SparkQ`,
      'Check the address',
    );
  }
  const code = Object.hasOwn(errorStatus, body.code) ? (body.code as ErrorCode) : 'internal';
  const message = body.error.startsWith(errorPrefix) ? body.error.slice(errorPrefix.length) : body.error;
  return new QueueError(code, message, body.hint, body.details);
}

function parseBody(text: string): ErrorBody | undefined {
  try {
    const body = JSON.parse(text) as Partial<ErrorBody> | null;
    return typeof body?.error === 'string' && typeof body.code === 'string' ? (body as ErrorBody) : undefined;
  } catch {
    return undefined;
  }
}

function readText(response: http.IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    response.on('error', reject);
  });
}
