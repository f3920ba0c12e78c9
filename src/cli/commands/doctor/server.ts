/** What `sparkq doctor` says of the PostgreSQL server that has the queue. */

import type { DatabasePlace } from '../../../config/databasePlace';
import { databaseVariable } from '../../../config/databaseUrl';
import { messageWithHint } from '../../../core/errors';
import type { ServerHealth } from '../../../postgres/health';
import { serverOf } from '../../../store/ownership/onServer';
import { configuredDatabase } from '../../access/configuredDatabase';
import type { CommandContext } from '../../context';
import { programs } from '../../version';
import { type Sharing, sharingLines } from './sharing';

export interface ServerReport {
  /** Without the password. */
  url: string;
  schema: string;
  /** What says that the queue is there. */
  named_by: string;
  /** Where the password comes from; null where none is known here. */
  password_from: string | null;
  /** Null for a server that cannot be used, or is not to be used yet. */
  health: ServerHealth | null;
  /** Missing where the queue cannot be opened. */
  sharing?: Sharing;
}

/** What is found wrong, and what is worth knowing. */
interface Findings {
  problems: string[];
  notices: string[];
}

/** More than the trip of a statement explains, milliseconds. */
const muchAhead = 2_000;
/** Seconds after which a transaction is in the way of vacuum. */
const longOpen = 600;
/** Of the queue's tables: rows that vacuum has yet to remove, besides as many as there are. */
const manyDead = 50_000;

/** Undefined for a queue in files. */
export async function examineServer(
  { env }: CommandContext,
  { workspace, storage }: { workspace: string; storage: string },
  findings: Findings,
): Promise<ServerReport | undefined> {
  let place: DatabasePlace | null;
  try {
    place = await configuredDatabase(workspace, env);
  } catch (error) {
    findings.problems.push(messageWithHint(error));
    return undefined;
  }
  if (place === null) return undefined;
  const { askServer } = await import('../../../postgres/health');
  const { password_from, health, refusal } = await askServer({ ...place, folder: workspace, env });
  if (health === null) findings.problems.push(messageWithHint(refusal));
  else judge(health, findings);
  await noticeFiles(storage, findings);
  const named_by = place.suggested ? 'sparkq.yml' : databaseVariable;
  return { url: place.shown, schema: place.schema, named_by, password_from, health };
}

/** Tasks that nobody sees as long as the queue is on a server. */
async function noticeFiles(storage: string, { notices }: Findings): Promise<void> {
  if (serverOf(storage) !== null) return;
  const { rowsInFiles } = await import('../../../store/moving/filesLeft');
  const tasks = await rowsInFiles(storage, programs, 'tasks').catch(() => 0);
  if (tasks > 0)
    notices.push(
      `The files in ${storage} have ${tasks === 1 ? 'a task' : `${tasks} tasks`} besides: sparkq migrate --to moves them to a server, into a schema of their own`,
    );
}

function judge(health: ServerHealth, { problems, notices }: Findings): void {
  const { role, rights, superuser, other_machines: others, clock_ahead_ms: ahead } = health;
  if (health.moved_to !== null) problems.push(`The queue was moved from the server to ${health.moved_to}`);
  if (rights === 'none')
    problems.push(`The role ${role} may not read the tables of the queue: ${haveGranted(role)}`);
  if (rights === 'some')
    problems.push(`The role ${role} has only some of the rights that the queue needs: ${haveGranted(role)}`);
  if (rights === 'reader') notices.push(`The role ${role} may only read: changes are refused`);
  if (superuser)
    notices.push(
      `The role ${role} is a superuser, which may write anybody's name: who made a task proves nothing. Give each person a role of their own.`,
    );
  if (others > 0)
    notices.push(
      `The role ${role} is in use on ${others === 1 ? 'another machine' : `${others} other machines`}: whoever shares a role is one person to the queue`,
    );
  if (Math.abs(ahead) > muchAhead)
    notices.push(
      `The clock of the server is ${Math.abs(ahead)} ms ${ahead > 0 ? 'ahead of' : 'behind'} this machine's. The server's decides when something is due.`,
    );
  if (health.pooled)
    notices.push(
      'A pooler is between here and the server. Where it lends connections to one transaction each, as pgbouncer does in transaction mode, hosts look for changes every two seconds in place of being told.',
    );
  if (health.synchronous_commit === 'off')
    notices.push('synchronous_commit is off: a crash of the server may lose changes that it has confirmed');
  if ((health.oldest_transaction_seconds ?? 0) > longOpen)
    notices.push(
      `A transaction on the server has been open for ${health.oldest_transaction_seconds} s: until it ends, removed rows stay (pg_stat_activity says whose it is)`,
    );
  if (health.dead_rows > health.live_rows + manyDead)
    notices.push(`${health.dead_rows} removed rows wait for vacuum: is autovacuum on?`);
}

export function serverLines(server: ServerReport | undefined): [string, string | null][] {
  if (server === undefined) return [];
  const { url, schema, named_by: named, password_from: secret, health, sharing } = server;
  const lines: [string, string | null][] = [
    ['Server', `${url}, schema ${schema}, named by ${named}`],
    ['Password', secret ?? 'none known here'],
  ];
  if (health === null) return [...lines, ...sharingLines(sharing)];
  const { tls, version, role, rights, schema_version: tables, round_trip_ms: trip } = health;
  const oldest = health.oldest_transaction_seconds;
  return [
    ...lines,
    [
      'Connection',
      `PostgreSQL ${version}, ${tls ?? 'not encrypted'}, ${trip} ms for a trip, clock ${signed(health.clock_ahead_ms)} ms`,
    ],
    ['Role', `${role}${health.superuser ? ' (superuser)' : ''} ${rightsText[rights]}`],
    ['Tables', tables === null ? 'none' : `schema ${tables}`],
    [
      'Changes',
      health.pooled ? 'told of by the server unless the pooler keeps that' : 'told of by the server',
    ],
    [
      'Load',
      `${health.live_rows} rows, ${health.dead_rows} removed ones, oldest transaction ${oldest === null ? 'none' : `${oldest} s`}, synchronous_commit ${health.synchronous_commit}`,
    ],
    ...sharingLines(sharing),
  ];
}

const rightsText: Readonly<Record<ServerHealth['rights'], string>> = {
  migrator: 'may use the queue, and create and upgrade its tables',
  app: 'may use the queue',
  reader: 'may read the queue, but not change it',
  some: 'has only some of the rights that the queue needs',
  none: 'has no rights to the queue',
};

function haveGranted(role: string): string {
  return `have the owner of the tables run sparkq migrate --grant ${role}`;
}

function signed(ms: number): string {
  return ms > 0 ? `+${ms}` : String(ms);
}
