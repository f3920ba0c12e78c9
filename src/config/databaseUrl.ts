/** The address of a PostgreSQL server, as people write it. */

import { QueueError } from '../core/errors';

/** The variable of a person's own environment that says which server has the queue; it may contain a password. */
export const databaseVariable = 'SPARKQ_DATABASE_URL';

/** What of a URL's parameters has a meaning here. */
const parameterNames = [
  'host',
  'port',
  'user',
  'password',
  'dbname',
  'schema',
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'options',
  'application_name',
  'connect_timeout',
  'channel_binding',
  'target_session_attrs',
] as const;

const sslModes = ['disable', 'no-verify', 'prefer', 'require', 'verify-ca', 'verify-full'];

type Parameter = (typeof parameterNames)[number];

/** One server; null where nothing is said. */
export interface HostAndPort {
  /** A name, an address, or the folder of a socket. */
  host: string | null;
  port: number | null;
}

export interface DatabaseUrl {
  servers: readonly HostAndPort[];
  database: string | null;
  user: string | null;
  password: string | null;
  /** The others: `sslmode`, `schema`. */
  parameters: Readonly<Partial<Record<Parameter, string>>>;
}

const form =
  /^postgres(?:ql)?:\/\/(?:(?<user>[^/?#]*)@)?(?<servers>[^/?#]*)(?:\/(?<database>[^?#]*))?(?:\?(?<query>[^#]*))?$/i;

/** The name of a schema, as it is written in statements: nothing to quote. */
export const schemaName = /^[a-z_][a-z0-9_]{0,62}$/;

/** @throws QueueError `invalid_field`, which does not repeat the text: it may contain a password */
export function parseDatabaseUrl(text: string): DatabaseUrl {
  const parts = form.exec(text.trim())?.groups;
  if (parts === undefined) throw wrongUrl('it is not of the form postgresql://USER@HOST:PORT/DATABASE');
  const { user: credentials = '', servers = '', database = '', query = '' } = parts;
  const given = parametersIn(query);
  const [name = '', ...secret] = credentials.split(':');
  const { host, port, user = plain(name), password = plain(secret.join(':')), dbname, ...parameters } = given;
  const { sslmode, schema } = parameters;
  if (sslmode !== undefined && !sslModes.includes(sslmode))
    throw wrongUrl(`its sslmode is none of ${sslModes.join(', ')}`);
  if (schema !== undefined && !schemaName.test(schema)) throw wrongUrl('its schema is not a plain name');
  return {
    servers: (host ?? servers)
      .split(',')
      .map((one, at) => (host === undefined ? hostAndPort(one) : hostAlone(host, port, at))),
    database: dbname ?? (plain(database) || null),
    user: user || null,
    password: password || null,
    parameters,
  };
}

/** `host`, `host:port`, `[::1]:port`; a part that is left out is null. @throws QueueError `invalid_field` */
export function hostAndPort(text: string): HostAndPort {
  const parts = /^(?<host>\[[^\]]*\]|[^:[\]]*)(?::(?<port>\d*))?$/.exec(text.trim())?.groups;
  if (parts === undefined) throw wrongUrl('a host in it is not of the form HOST:PORT');
  const host = plain(parts.host ?? '').replace(/^\[(.*)\]$/, '$1');
  return { host: host || null, port: portIn(parts.port ?? '') };
}

/** The URL without its password. */
export function shownUrl({ servers, database, user, parameters }: DatabaseUrl): string {
  const folder = servers.find(({ host }) => host?.startsWith('/'));
  const query = Object.entries({ ...(folder ? { host: folder.host } : {}), ...parameters })
    .map(([name, value]) => `${name}=${encodeURIComponent(value ?? '').replaceAll('%2F', '/')}`)
    .join('&');
  const who = user === null ? '' : `${encodeURIComponent(user)}@`;
  const where = folder ? portOf(folder) : servers.map(shownServer).join(',');
  const what = database === null ? '' : `/${encodeURIComponent(database)}`;
  return `postgresql://${who}${where}${what}${query && `?${query}`}`;
}

/** As in a URL. */
export function shownServer(server: HostAndPort): string {
  const host = server.host ?? '';
  return `${host.includes(':') ? `[${host}]` : host}${portOf(server)}`;
}

function portOf({ port }: HostAndPort): string {
  return port === null ? '' : `:${port}`;
}

function hostAlone(hosts: string, port: string | undefined, at: number): HostAndPort {
  const ports = (port ?? '').split(',');
  return { host: hosts.split(',')[at] || null, port: portIn(ports[at] ?? ports[0] ?? '') };
}

function portIn(text: string): number | null {
  if (text === '') return null;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw wrongUrl('a port in it is not from 1 to 65535');
  return port;
}

function parametersIn(query: string): Partial<Record<Parameter, string>> {
  const entries = query
    .split('&')
    .filter(Boolean)
    .map((pair) => {
      const [name = '', ...value] = pair.split('=');
      const known = parameterNames.find((one) => one === plain(name));
      if (known === undefined)
        throw wrongUrl(
          `SparkQ does not know its parameter ${plain(name)} (it knows ${parameterNames.join(', ')})`,
        );
      return [known, plain(value.join('='))];
    });
  return Object.fromEntries(entries);
}

function plain(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw wrongUrl('a % in it is not followed by two hexadecimal digits: write %25 for a % itself');
  }
}

function wrongUrl(why: string): QueueError {
  return new QueueError(
    'invalid_field',
    `The database URL cannot be used: ${why}`,
    'Write it as postgresql://USER@HOST:PORT/DATABASE, with %40 for an @, %2F for a / and %3A for a : within a name.',
  );
}
