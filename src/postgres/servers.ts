/** How the server of a queue is reached: its address, its certificate, the password. */

import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import pgpass from 'pgpass';
import {
  type DatabaseUrl,
  type HostAndPort,
  hostAndPort,
  parseDatabaseUrl,
  shownServer,
} from '../config/databaseUrl';
import { messageOf, QueueError } from '../core/errors';

export interface ServerAddress {
  /** `postgresql://…`; may contain a password, and is never logged. */
  url: string;
  /** More servers of the same database, as `host` or `host:port`. */
  hosts?: readonly string[];
  /** The URL comes from a file that others may have written: it cannot weaken the check of the certificate. */
  suggested?: boolean;
  /** Relative paths in the URL are relative to it. */
  folder?: string | null;
  /** The password where neither the URL nor the environment has one; asked for with each connection. */
  secret?: () => Promise<string | undefined>;
  env?: NodeJS.ProcessEnv;
}

export class Servers {
  private readonly url: DatabaseUrl;
  private readonly all: readonly HostAndPort[];
  private at = 0;

  /** @throws QueueError `invalid_field` for what cannot be used */
  constructor(private readonly address: ServerAddress) {
    this.url = parseDatabaseUrl(address.url);
    this.all = [...this.url.servers, ...(address.hosts ?? []).map(hostAndPort)];
  }

  /** The server in use, for messages. */
  get shown(): string {
    return shownServer(this.current) || 'this machine';
  }

  /** The options for a connection to the server in use. @throws QueueError `invalid_field` */
  options(): pg.ClientConfig {
    const { host, port } = this.current;
    const { database, parameters } = this.url;
    const user = this.user;
    const seconds = Number(parameters.connect_timeout);
    return {
      host,
      port: port ?? undefined,
      user,
      database: database ?? this.env.PGDATABASE ?? user,
      // Asked for only by a server that wants one.
      password: async () => (await this.findPassword())?.password as string,
      ssl: this.tls(host),
      ...(seconds > 0 && { connectionTimeoutMillis: seconds * 1000 }),
      enableChannelBinding: parameters.channel_binding === 'require',
      ...(parameters.options && { options: parameters.options }),
    } as pg.ClientConfig;
  }

  /** A connection to the server in use, not made yet. */
  newClient(options: pg.ClientConfig): pg.Client {
    return new pg.Client({ ...options, ...this.options() });
  }

  private get env(): NodeJS.ProcessEnv {
    return this.address.env ?? process.env;
  }

  private get user(): string {
    return this.url.user ?? this.env.PGUSER ?? os.userInfo().username;
  }

  private get current(): { host: string; port: number | null } {
    const { host, port } = this.all[this.at] ?? { host: null, port: null };
    const ownPort = Number(this.env.PGPORT);
    return { host: host ?? this.env.PGHOST ?? 'localhost', port: port ?? (ownPort > 0 ? ownPort : null) };
  }

  /** What has the password for the server in use; null where nothing has. */
  async passwordSource(): Promise<string | null> {
    return (await this.findPassword())?.source ?? null;
  }

  /** The first that has one. */
  private async findPassword(): Promise<{ password: string; source: string } | undefined> {
    const { host, port } = this.current;
    const user = this.user;
    const database = this.url.database ?? user;
    const sources: readonly (readonly [
      string,
      () => string | null | undefined | Promise<string | undefined>,
    ])[] = [
      ['the URL', () => this.url.password],
      ['PGPASSWORD', () => this.env.PGPASSWORD],
      ['the editor', () => this.address.secret?.()],
      [
        this.env.PGPASSFILE || '~/.pgpass',
        () => passwordOfFile({ host, port: port ?? 5432, database, user }),
      ],
    ];
    for (const [source, ask] of sources) {
      const password = await ask();
      if (password) return { password, source };
    }
    return undefined;
  }

  /** Off this machine, the certificate must be good and name the server, unless this person has said otherwise. */
  private tls(host: string): pg.ClientConfig['ssl'] {
    const { sslmode, sslrootcert, sslcert, sslkey } = this.url.parameters;
    const said = this.address.suggested ? (this.env.PGSSLMODE ?? sslmode) : (sslmode ?? this.env.PGSSLMODE);
    const mode = said || (isThisMachine(host) ? 'disable' : 'verify-full');
    const weak = mode === 'disable' || mode === 'no-verify';
    if (weak && this.address.suggested && !this.env.PGSSLMODE && !isThisMachine(host)) {
      throw new QueueError(
        'invalid_field',
        `sslmode=${mode} in sparkq.yml would let anybody between here and ${host} read and change the queue`,
        `Remove it there, and name the authority that signed the server's certificate with sslrootcert=FILE; or set PGSSLMODE=${mode} in your own environment.`,
      );
    }
    if (mode === 'disable' || host.startsWith('/')) return false;
    const root = sslrootcert ?? this.env.PGSSLROOTCERT;
    return {
      rejectUnauthorized: mode !== 'no-verify',
      ...(root && root !== 'system' && { ca: this.contentOf(root) }),
      ...(sslcert && { cert: this.contentOf(sslcert) }),
      ...(sslkey && { key: this.contentOf(sslkey) }),
    };
  }

  private contentOf(file: string): string {
    try {
      return readFileSync(path.resolve(this.address.folder ?? '', file), 'utf8');
    } catch (error) {
      throw new QueueError(
        'invalid_field',
        `A file that the database URL names cannot be read: ${messageOf(error)}`,
        'Correct its path, or remove it from the URL.',
      );
    }
  }
}

function isThisMachine(host: string): boolean {
  return host.startsWith('/') || host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host);
}

/** What ~/.pgpass or the file in PGPASSFILE says. */
function passwordOfFile(of: {
  host: string;
  port: number;
  database: string;
  user: string;
}): Promise<string | undefined> {
  return new Promise((resolve) => pgpass(of, resolve));
}
