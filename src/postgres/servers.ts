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
  shownUrl,
} from '../config/databaseUrl';
import { messageOf, QueueError } from '../core/errors';
import { codeOf, isConnectionTrouble, isReadOnly } from './serverErrors';

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

interface PasswordOf {
  host: string;
  port: number;
  database: string;
  user: string;
}

/** Milliseconds for a server to say whether it takes changes. */
const patience = 10_000;

/** Of several servers, none takes changes now. */
class NoneTakesChanges extends Error {
  /** Of the problem that does not go away by itself, if there is one; else as if the connection could not be made. */
  readonly code: string;

  constructor(shown: readonly string[], problems: readonly unknown[]) {
    super(problems.map((problem, at) => `${shown[at]}: ${messageOf(problem)}`).join('; '));
    const lasting = problems.find((problem) => !isConnectionTrouble(problem) && !isReadOnly(problem));
    this.code = lasting === undefined ? '08001' : codeOf(lasting);
  }
}

export class Servers {
  private readonly parsed: DatabaseUrl;
  private readonly all: readonly HostAndPort[];
  private at = 0;
  private looking: Promise<void> | undefined;

  /** @throws QueueError `invalid_field` for what cannot be used */
  constructor(private readonly address: ServerAddress) {
    this.parsed = parseDatabaseUrl(address.url);
    this.all = [...this.parsed.servers, ...(address.hosts ?? []).map(hostAndPort)];
    // What cannot be used is refused now, not with the first connection.
    for (const at of this.all.keys()) this.optionsOf(at);
  }

  /** Without the password. */
  get url(): string {
    return shownUrl(this.parsed);
  }

  /** The server in use, for messages. */
  get shown(): string {
    return shownServer(this.whole(this.at));
  }

  /** Whether there is another one to turn to. */
  get several(): boolean {
    return this.all.length > 1;
  }

  /** A connection to the server in use, not made yet. @throws QueueError `invalid_field` */
  newClient(options: pg.ClientConfig): pg.Client {
    return new pg.Client({ ...options, ...this.optionsOf(this.at) });
  }

  /** The same as a class, for a pool: of each connection, the server is the one in use when it is made. */
  clientClass(options: pg.ClientConfig): new () => pg.Client {
    const optionsNow = () => ({ ...options, ...this.optionsOf(this.at) });
    return class extends pg.Client {
      constructor() {
        super(optionsNow());
      }
    };
  }

  /** Whether a connection is one to the server in use. */
  isCurrent({ host, port }: pg.Client): boolean {
    const current = this.whole(this.at);
    return !this.several || (current.host === host && current.port === port);
  }

  /**
   * Turns to the server that takes changes. Where there is only one, nothing is asked of it.
   * @throws what is wrong with each
   */
  look(): Promise<void> {
    if (!this.several) return Promise.resolve();
    this.looking ??= this.find().finally(() => {
      this.looking = undefined;
    });
    return this.looking;
  }

  private async find(): Promise<void> {
    const clients = this.all.map(
      (_, at) => new pg.Client({ connectionTimeoutMillis: patience, ...this.optionsOf(at) }),
    );
    try {
      this.at = await Promise.any(
        clients.map(async (client, at) => {
          await demandChanges(client);
          return at;
        }),
      );
    } catch (error) {
      const shown = this.all.map((_, at) => shownServer(this.whole(at)));
      throw new NoneTakesChanges(shown, (error as AggregateError).errors);
    } finally {
      // One that does not answer is not waited for.
      for (const client of clients) client.connection.stream.destroy();
    }
  }

  private optionsOf(at: number): pg.ClientConfig {
    const { host, port } = this.whole(at);
    const { parameters } = this.parsed;
    const seconds = Number(parameters.connect_timeout);
    return {
      host,
      port,
      user: this.user,
      database: this.database,
      // Asked for only by a server that wants one.
      password: async () => (await this.findPassword(at))?.password as string,
      ssl: this.tls(host),
      ...(seconds > 0 && { connectionTimeoutMillis: seconds * 1000 }),
      ...(parameters.channel_binding === 'require' && { enableChannelBinding: true }),
      ...(parameters.options && { options: parameters.options }),
    };
  }

  private get env(): NodeJS.ProcessEnv {
    return this.address.env ?? process.env;
  }

  private get user(): string {
    return this.parsed.user ?? this.env.PGUSER ?? os.userInfo().username;
  }

  private get database(): string {
    return this.parsed.database ?? this.env.PGDATABASE ?? this.user;
  }

  private whole(at: number): { host: string; port: number } {
    const { host = null, port = null } = this.all[at] ?? {};
    return {
      host: host ?? this.env.PGHOST ?? 'localhost',
      port: port ?? (Number(this.env.PGPORT) || 5432),
    };
  }

  /** What has the password for the server in use; null where nothing has. */
  async passwordSource(): Promise<string | null> {
    return (await this.findPassword(this.at))?.source ?? null;
  }

  /** The first that has one. */
  private async findPassword(at: number): Promise<{ password: string; source: string } | undefined> {
    const of = { ...this.whole(at), database: this.database, user: this.user };
    const sources: readonly (readonly [
      string,
      () => string | null | undefined | Promise<string | undefined>,
    ])[] = [
      ['the URL', () => this.parsed.password],
      ['PGPASSWORD', () => this.env.PGPASSWORD],
      ['the editor', () => this.address.secret?.()],
      [this.env.PGPASSFILE || '~/.pgpass', () => passwordOfFile(of)],
    ];
    for (const [source, ask] of sources) {
      const password = await ask();
      if (password) return { password, source };
    }
    return undefined;
  }

  /** Off this machine, the certificate must be good and name the server, unless this person has said otherwise. */
  private tls(host: string): pg.ClientConfig['ssl'] {
    const { sslmode, sslrootcert, sslcert, sslkey } = this.parsed.parameters;
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
function passwordOfFile(of: PasswordOf): Promise<string | undefined> {
  return new Promise((resolve) => pgpass(of, resolve));
}

async function demandChanges(client: pg.Client): Promise<void> {
  client.on('error', () => undefined);
  await client.connect();
  const { rows } = await client.query<[readOnly: string]>({
    text: "SELECT (pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean)::text",
    rowMode: 'array',
  });
  if (rows[0]?.[0] !== 'false') throw new OnlyReads();
}

/** As the server itself says it to a change. */
class OnlyReads extends Error {
  readonly code = '25006';
  override readonly message = 'it only takes reads now';
}
