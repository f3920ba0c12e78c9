/** HTTP as any program would speak it that knows the API from its description alone. */

import http from 'node:http';
import { type Answer, answerTo } from '../support/httpAnswer';

export interface Request {
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as it is. */
  raw?: string | Buffer;
  /** Over the usual ones; undefined leaves one out. */
  headers?: Readonly<Record<string, string | undefined>>;
}

export class HttpClient {
  constructor(
    readonly port: number,
    readonly token: string,
  ) {}

  get(path: string, request?: Request): Promise<Answer> {
    return this.send('GET', path, request);
  }

  post(path: string, body?: unknown, request?: Request): Promise<Answer> {
    return this.send('POST', path, { body, ...request });
  }

  put(path: string, body?: unknown, request?: Request): Promise<Answer> {
    return this.send('PUT', path, { body, ...request });
  }

  send(method: string, path: string, request: Request = {}): Promise<Answer> {
    return answerTo(this.begin(method, path, request));
  }

  /** Sends a request whose answer the caller listens to, or does not wait for. */
  begin(method: string, path: string, { body, raw, headers }: Request = {}): http.ClientRequest {
    const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const all = {
      authorization: `Bearer ${this.token}`,
      ...(sent === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(sent)) }),
      ...headers,
    };
    const kept = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
    const request = http.request({
      host: '127.0.0.1',
      port: this.port,
      method,
      path,
      headers: kept as http.OutgoingHttpHeaders,
      agent: false,
      setHost: !('host' in (headers ?? {})),
    });
    request.end(sent);
    return request;
  }
}
