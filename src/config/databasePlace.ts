/** Where the queue of a workspace is, if not in its own files: what its configuration and a person's environment say. */

import { type Config, databasePin } from '../core/config';
import { QueueError } from '../core/errors';
import { mergeVariables, variableOf, withoutVariables } from '../system/environment';
import { databaseVariable, parseDatabaseUrl, shownUrl } from './databaseUrl';

type Environment = Readonly<Record<string, string | undefined>>;

const defaultSchema = 'sparkq';

/** A queue on a PostgreSQL server. */
export interface DatabasePlace {
  /** May contain a password, and is never shown. */
  url: string;
  /** The same without it. */
  shown: string;
  schema: string;
  /** More servers of the same database, as `host` or `host:port`. */
  hosts: readonly string[];
  /** It comes from sparkq.yml, which others may have written. */
  suggested: boolean;
}

/**
 * Null where the queue is in its own files.
 * @throws QueueError `forbidden` while nobody has agreed to what sparkq.yml says, `invalid_field` for a URL that cannot be
 * used: the files are not taken in its place
 */
export function databaseOf(
  { database, unconfirmed }: Pick<Config, 'database' | 'unconfirmed'>,
  env: Environment,
): DatabasePlace | null {
  const own = env[databaseVariable];
  if (own) return placeOf(own, [], database.schema, false);
  if (database.url === null) return null;
  if (database.url === '' || database.schema === '') {
    throw new QueueError(
      'invalid_field',
      'What sparkq.yml says of the database cannot be used, so the queue is not opened',
      'Correct it, or remove it to use a queue in files of its own: sparkq doctor names the line.',
    );
  }
  const place = placeOf(database.url, database.hosts, database.schema, true);
  if (!unconfirmed.includes(databasePin)) return place;
  throw new QueueError(
    'forbidden',
    `sparkq.yml puts the queue on ${place.shown} (schema ${place.schema}), and nobody here has agreed to that`,
    `Look at it and agree with sparkq trust on a terminal, or with "Connect..." in the editor. Where nobody is, set ${databaseVariable}.`,
    { database: place.shown, schema: place.schema },
  );
}

/**
 * A place that a person names.
 * @param schema null: the usual one, unless the URL names one
 * @throws QueueError `invalid_field`
 */
export function placeAt(url: string, schema: string | null): DatabasePlace {
  return placeOf(url, [], schema, false);
}

function placeOf(
  url: string,
  hosts: readonly string[],
  schema: string | null,
  suggested: boolean,
): DatabasePlace {
  const parsed = parseDatabaseUrl(url);
  return {
    url,
    shown: shownUrl(parsed),
    schema: parsed.parameters.schema ?? schema ?? defaultSchema,
    hosts,
    suggested,
  };
}

/** Another text once the queue is elsewhere; undefined while that cannot be used, or waits to be confirmed. */
export function placeNow(config: Config, env: Environment): string | undefined {
  try {
    const place = databaseOf(config, env);
    return JSON.stringify(place && [place.shown, place.schema, place.hosts]);
  } catch {
    return undefined;
  }
}

/**
 * An environment for what tasks and hooks run: it may say which server has the queue, never with a password.
 * @param onServer a server has the queue, whatever the environment says
 */
export function withoutDatabasePassword(env: Environment, onServer = false): Record<string, string> {
  const url = variableOf(env, databaseVariable);
  if (!url && !onServer) return mergeVariables(env);
  const rest = withoutVariables(env, ['PGPASSWORD', databaseVariable]);
  return url ? { ...rest, ...shownIfValid(url) } : rest;
}

function shownIfValid(url: string): Record<string, string> {
  try {
    return { [databaseVariable]: shownUrl(parseDatabaseUrl(url)) };
  } catch {
    return {};
  }
}
