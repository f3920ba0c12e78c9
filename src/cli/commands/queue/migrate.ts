/** `sparkq migrate`: moves the queue between its files and a PostgreSQL server, and lets persons use it there. */

import path from 'node:path';
import type { Command } from '@commander-js/extra-typings';
import { forgetLastServer } from '../../../client/serverDatabase';
import { withoutBackground } from '../../../client/storage/movedQueue';
import { userFolder } from '../../../client/userFolder';
import { ConfigFile } from '../../../config/configFile';
import { Confirmations } from '../../../config/confirmations';
import { type DatabasePlace, placeAt } from '../../../config/databasePlace';
import { textWithDatabase } from '../../../config/databaseText';
import { databaseVariable } from '../../../config/databaseUrl';
import { pinsOf } from '../../../config/pins';
import { databasePin } from '../../../core/config';
import { QueueError } from '../../../core/errors';
import { silentLog } from '../../../core/log';
import { oneLine } from '../../../core/plainText';
import type { Moved } from '../../../postgres/moving/compared';
import { serverOf } from '../../../store/ownership/onServer';
import { hostId } from '../../../system/hostId';
import { readFileIfAny, replaceFile } from '../../../system/wholeFiles';
import { callerOf } from '../../access/caller';
import { configuredDatabase } from '../../access/configuredDatabase';
import { filesOf } from '../../access/locate';
import type { CommandContext } from '../../context';
import { confirmOnTerminal, isTerminal } from '../../terminal/dialogue';
import { example } from '../../terminal/options';
import { ProgressLine } from '../../terminal/progressLine';
import { stderrLog } from '../../terminal/stderrLog';
import { programs } from '../../version';

interface Options {
  to?: string | true;
  from?: string | true;
  schema?: string;
  save?: boolean;
  grant?: string;
  reader?: boolean;
}

interface Answer extends Pick<Moved, 'rows'> {
  workspace: string;
  storage: string;
  url: string;
  schema: string;
  /** An earlier move had been made, and was not answered. */
  already: boolean;
  /** Whether sparkq.yml says where the queue is. */
  saved: boolean;
}

export function addMigrate(program: Command, context: CommandContext): void {
  program
    .command('migrate')
    .description('move the queue from its files to a PostgreSQL server that a team shares, or back')
    .option(
      '--to [url]',
      `move it to this server, such as postgresql://ann@db.example.com/work; by default to that of ${databaseVariable} or sparkq.yml`,
    )
    .option('--from [url]', 'move it from this server to the files of this folder')
    .option('--schema <name>', 'the schema of its tables; by default that of sparkq.yml, else sparkq')
    .option('--save', 'have sparkq.yml say where the queue is, without the password')
    .option('--no-save', 'leave sparkq.yml as it is, without asking')
    .option(
      '--grant <role>',
      'let a person use the queue that is there, with a role of their own on the server',
    )
    .option(
      '--reader',
      'with --grant: only read its tables, with psql for instance; programs of SparkQ need more',
    )
    .addHelpText(
      'after',
      example(
        'sparkq migrate --to postgresql://ann@db.example.com/work',
        'sparkq migrate --from postgresql://ann@db.example.com/work',
        'sparkq migrate --grant ben',
      ),
    )
    .action((options) => migrate(context, options));
}

async function migrate(context: CommandContext, options: Options): Promise<void> {
  const { to, from, grant: role } = options;
  if (role !== undefined && to === undefined && from === undefined) {
    await grant(context, role, options);
    return;
  }
  if ((to === undefined) === (from === undefined) || role !== undefined) {
    throw new QueueError(
      'invalid_field',
      'A queue is moved either --to a server or --from one, and --grant lets a person use it there',
      'Name one of them',
    );
  }
  refuseProgram(context);
  const { workspace, storage } = filesOf(context.find());
  const place = await placeOf(context, workspace, storage, options);
  await withoutBackground(storage, false);
  const { rows, already = false } = await move(context, { workspace, storage }, place, to !== undefined);
  if (to === undefined) forgetLastServer(storage);
  const { shown: url, schema } = place;
  const saved = await save(context, workspace, to === undefined ? null : place, options.save);
  const answer: Answer = { workspace, storage, url, schema, rows, already, saved };
  context.answer(answer, to === undefined ? broughtBack(answer, context.env) : moved(answer));
}

async function grant(context: CommandContext, role: string, options: Options): Promise<void> {
  refuseProgram(context);
  const { workspace, storage } = filesOf(context.find());
  const place = await placeOf(context, workspace, storage, options);
  const { grantAt } = await import('../../../postgres/roles');
  const there = { ...place, folder: workspace, env: context.env };
  const granted = await grantAt(there, role, options.reader ? 'reader' : 'app');
  context.answer({ ...granted, url: place.shown, schema: place.schema }, [
    oneLine(
      `${role} may ${options.reader ? 'read the tables of' : 'use'} the queue on ${place.shown} (schema ${place.schema})`,
    ),
    ...(granted.created ? [`The role is new: give it a password, with \\password ${role} in psql`] : []),
  ]);
}

/** Where a queue is decides who can make its tasks start: no run and no agent does. */
function refuseProgram({ env }: CommandContext): void {
  if (callerOf(env).kind === 'person') return;
  throw new QueueError(
    'forbidden',
    'A run may not move the queue',
    'A person does it, on a terminal of their own',
  );
}

async function placeOf(
  { env }: CommandContext,
  workspace: string,
  storage: string,
  { to, from, schema }: Options,
): Promise<DatabasePlace> {
  const named = to ?? from;
  if (typeof named === 'string') {
    const { database } = (await ConfigFile.open(workspace, silentLog)).current();
    return placeAt(named, schema ?? database.schema);
  }
  const place = await configuredDatabase(workspace, env);
  if (place !== null) return schema === undefined ? place : { ...place, schema };
  const noted = from === undefined ? null : serverOf(storage);
  if (noted !== null) return placeAt(noted.url, noted.schema);
  throw new QueueError(
    'invalid_field',
    `Neither ${databaseVariable} nor sparkq.yml names a server`,
    `Name it with its URL, such as: sparkq migrate ${to === undefined ? '--from' : '--to'} postgresql://ann@db.example.com/work`,
  );
}

async function move(
  { env }: CommandContext,
  { workspace, storage }: { workspace: string; storage: string },
  place: DatabasePlace,
  toServer: boolean,
): Promise<Moved> {
  const [{ moveToServer }, { moveToFiles }, { migrations }] = await Promise.all([
    import('../../../postgres/moving/moveToServer'),
    import('../../../postgres/moving/moveToFiles'),
    import('../../../store/rows/schema'),
  ]);
  const line = new ProgressLine(process.stderr);
  const files = {
    ...{ storage, programs, host: hostId(userFolder(env)), log: stderrLog(env, 'warn') },
    progress: (what: string, table: string, rows: number) => line.draw(`${what} ${rows} rows of ${table}`),
  };
  try {
    const there = { ...place, folder: workspace, env, migrations };
    return await (toServer ? moveToServer : moveToFiles)(files, there);
  } finally {
    line.draw('');
  }
}

/** Has sparkq.yml say where the queue is; null for in files. Answers whether it does. */
async function save(
  context: CommandContext,
  workspace: string,
  place: DatabasePlace | null,
  wanted: boolean | undefined,
): Promise<boolean> {
  const file = path.join(workspace, 'sparkq.yml');
  const before = readFileIfAny(file) ?? '';
  const database = place && {
    url: place.shown,
    ...(place.schema === placeAt(place.shown, null).schema ? {} : { schema: place.schema }),
  };
  const text = textWithDatabase(before, database);
  if (text === before) return true;
  if (text === null || wanted === false) return false;
  const question = place
    ? `Have sparkq.yml say that the queue is on ${place.shown}?`
    : 'Take the server out of sparkq.yml?';
  const agreed = wanted ?? (context.json ? false : await confirmOnTerminal(oneLine(question), true));
  if (!agreed) return false;
  replaceFile(file, text);
  // Who typed the URL on a terminal knows it.
  if (place !== null && isTerminal()) {
    const { [databasePin]: pin } = pinsOf((await ConfigFile.open(workspace, silentLog)).current());
    if (pin !== undefined)
      new Confirmations(userFolder(context.env), workspace).confirm({ [databasePin]: pin });
  }
  return true;
}

function moved({ workspace, storage, url, schema, rows, already, saved }: Answer): string[] {
  const lines = [
    already
      ? `The queue of ${workspace} is on ${url} (schema ${schema}): it was moved before`
      : `The queue of ${workspace} is on ${url} now (schema ${schema}): ${countsOf(rows)}`,
    `Its files in ${storage} are kept as they were; bring it back with: sparkq migrate --from`,
  ];
  if (!saved)
    lines.push(
      `Programs find it by database.url in sparkq.yml, or by ${databaseVariable} in their environment`,
    );
  return lines.map(oneLine);
}

function broughtBack(
  { workspace, storage, url, schema, rows, saved }: Answer,
  env: NodeJS.ProcessEnv,
): string[] {
  const lines = [
    `The queue of ${workspace} is in ${storage} again: ${countsOf(rows)}`,
    `The tables in the schema ${schema} of ${url} are kept as they were; hosts that use them are told`,
  ];
  if (env[databaseVariable]) lines.push(`Unset ${databaseVariable}: programs still look for the queue there`);
  if (!saved) lines.push('Take database out of sparkq.yml: programs still look for the queue there');
  return lines.map(oneLine);
}

function countsOf({ tasks = 0, streams = 0 }: Answer['rows']): string {
  const of = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;
  return `${of(tasks, 'task')} in ${of(streams, 'stream')}`;
}
