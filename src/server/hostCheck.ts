/** The Host and Origin checks: they keep out pages of other sites, DNS rebinding included. */

import type { IncomingMessage } from 'node:http';
import { QueueError } from '../core/errors';

/** For every request, those without a token included. @throws QueueError `forbidden_host`, `forbidden_origin` */
export function checkHost({ headers: { host, origin } }: IncomingMessage, port: number): void {
  const own = [`127.0.0.1:${port}`, `localhost:${port}`];
  if (host === undefined || !own.includes(host.toLowerCase())) {
    throw new QueueError('forbidden_host', `Host ${host?.toLowerCase() ?? '(none)'} is not served here`);
  }
  if (origin !== undefined && !own.some((address) => origin === `http://${address}`)) {
    throw new QueueError('forbidden_origin', `Origin ${origin} may not call this server`);
  }
}
