/** Who may use the API: checked before a request is read. The Host header is checked in hostCheck.ts. */

import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type Clock, systemClock } from '../core/clock';
import { QueueError } from '../core/errors';
import type { Origin } from '../core/model';
import { callerHeader, protocolHeader, protocolVersion } from '../core/protocol';
import { parseCaller } from './callerHeader';

/** Milliseconds for which a browser's ticket is valid. */
const ticketLife = 30_000;
/** Unused tickets; asking for more is a mistake of the caller. */
const ticketLimit = 100;
const readingMethods: readonly string[] = ['GET', 'HEAD'];

export interface AccessOptions {
  token: string;
  /** Whoever has this one is an agent, whatever else it says of itself. */
  agentToken: string;
  /** The port in use, known only once the server listens. */
  port: () => number;
  version: string;
  clock?: Clock;
}

/** Checks token, cookie and protocol; issues the one-use tickets that let a browser in. */
export class AccessControl {
  readonly #tokenDigest: Buffer;
  readonly #agentTokenDigest: Buffer;
  readonly #cookie = randomBytes(32).toString('hex');
  readonly #cookieDigest = digest(this.#cookie);
  readonly #tickets = new Map<string, number>();
  readonly #clock: Clock;

  constructor(private readonly options: AccessOptions) {
    this.#tokenDigest = digest(options.token);
    this.#agentTokenDigest = digest(options.agentToken);
    this.#clock = options.clock ?? systemClock;
  }

  /**
   * Who makes a request; for every one but the open ones.
   * @throws QueueError `unauthorized`, `forbidden_origin`, `upgrade_required`; `invalid_field` for a wrong header
   */
  callerOf(incoming: IncomingMessage): Origin {
    const caller = this.#bearerOf(incoming) ?? this.#browserOf(incoming);
    this.#checkProtocol(incoming);
    return caller;
  }

  #checkProtocol(incoming: IncomingMessage): void {
    const given = incoming.headers[protocolHeader];
    if (typeof given !== 'string') return;
    const protocol = Number(given);
    if (Number.isInteger(protocol) && protocol >= protocolVersion) return;
    throw new QueueError(
      'upgrade_required',
      `The queue is owned by SparkQ ${this.options.version}, which speaks protocol ${protocolVersion}, not ${given}`,
      `Update this program to SparkQ ${this.options.version}`,
      { protocol: protocolVersion, version: this.options.version },
    );
  }

  /** A secret that lets one browser in, once, within 30 seconds. */
  issueTicket(): string {
    this.#dropOldTickets();
    if (this.#tickets.size >= ticketLimit) throw new QueueError('conflict', 'Too many unused tickets');
    const ticket = randomBytes(24).toString('hex');
    this.#tickets.set(ticket, this.#clock.monotonic() + ticketLife);
    return ticket;
  }

  /** Uses up a ticket; returns the `Set-Cookie` header for it. @throws QueueError `unauthorized` */
  redeemTicket(ticket: string): string {
    this.#dropOldTickets();
    if (!this.#tickets.delete(ticket)) {
      throw new QueueError(
        'unauthorized',
        'This link was used before or is too old',
        'Open the page again from the editor, or by `sparkq open`',
      );
    }
    return `${this.#cookieName()}=${this.#cookie}; HttpOnly; SameSite=Strict; Path=/`;
  }

  /** Who has sent a token; undefined where none was sent. */
  #bearerOf({ headers }: IncomingMessage): Origin | undefined {
    const bearer = /^Bearer ([^\s]+)$/i.exec(headers.authorization ?? '')?.[1];
    if (bearer === undefined) return undefined;
    const given = digest(bearer);
    const isAgent = timingSafeEqual(given, this.#agentTokenDigest);
    if (!isAgent && !timingSafeEqual(given, this.#tokenDigest)) {
      throw new QueueError('unauthorized', 'The token is not valid for this queue');
    }
    const caller = parseCaller(headers[callerHeader]);
    return isAgent ? { ...caller, kind: 'agent' } : caller;
  }

  #browserOf(incoming: IncomingMessage): Origin {
    const cookie = this.#cookieOf(incoming);
    if (cookie === undefined || !timingSafeEqual(digest(cookie), this.#cookieDigest)) {
      throw new QueueError('unauthorized', 'A token is required');
    }
    if (incoming.headers.origin === undefined && !readingMethods.includes(incoming.method ?? '')) {
      throw new QueueError('forbidden_origin', 'A change from a browser needs an Origin header');
    }
    return { kind: 'person' };
  }

  #cookieOf(incoming: IncomingMessage): string | undefined {
    const start = `${this.#cookieName()}=`;
    const pair = (incoming.headers.cookie ?? '').split(/;\s*/).find((part) => part.startsWith(start));
    return pair?.slice(start.length);
  }

  /** Cookies are shared by all ports of a host, so each queue's has its own name. */
  #cookieName(): string {
    return `sparkq_${this.options.port()}`;
  }

  #dropOldTickets(): void {
    const now = this.#clock.monotonic();
    for (const [ticket, end] of this.#tickets) if (end <= now) this.#tickets.delete(ticket);
  }
}

/** Always of one length, so that comparing takes the same time whatever was sent. */
function digest(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
