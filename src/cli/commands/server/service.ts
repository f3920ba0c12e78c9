/** `sparkq service`: has the system run `sparkq up` for a folder when its user logs in. */

import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Command } from '@commander-js/extra-typings';
import { userFolder } from '../../../client/userFolder';
import type { AwakeChoice } from '../../../client/wakefulness';
import { messageOf, QueueError } from '../../../core/errors';
import { writeShim } from '../../../system/commandLineShim';
import { commandText } from '../../../system/shellWords';
import { filesOf, findQueue } from '../../access/locate';
import type { CommandContext } from '../../context';
import { serviceKind, serviceOf } from '../../service/service';
import { type Service, serviceProgram } from '../../service/serviceParts';
import { confirmOnTerminal } from '../../terminal/dialogue';
import { exitCodes } from '../../terminal/errors';
import { example, keepAwakeOption } from '../../terminal/options';
import { writeError } from '../../terminal/streams';
import { programs } from '../../version';

interface FolderService {
  folder: string;
  service: Service;
}

const foldersText = 'their queues; by default that of the current folder';

export function addService(program: Command, context: CommandContext): void {
  const group = program.command('service').description('have the system run sparkq up at login');
  group
    .command('install')
    .description('run sparkq up for these folders when you log in, and now')
    .argument('[folders...]', foldersText)
    .addOption(keepAwakeOption)
    .option('--print', 'show what would be written, and write nothing')
    .addHelpText('after', example('sparkq service install', 'sparkq service install --print'))
    .action(async (folders, { keepAwake, print = false }) => {
      const services = servicesOf(context, folders, keepAwake);
      if (print) return printAll(context, services);
      await changeAll(context, services, 'install');
    });
  group
    .command('remove')
    .description('undo that; what runs goes on')
    .argument('[folders...]', foldersText)
    .addHelpText('after', example('sparkq service remove'))
    .action((folders) => changeAll(context, servicesOf(context, folders), 'remove'));
  group
    .command('status')
    .description('show for which folders it is installed and active')
    .argument('[folders...]', foldersText)
    .addHelpText('after', example('sparkq service status', 'sparkq service status --json'))
    .action((folders) => printStates(context, servicesOf(context, folders)));
}

/** @throws QueueError `unavailable` for a folder that has no queue */
function servicesOf(
  context: CommandContext,
  folders: readonly string[],
  keepAwake: AwakeChoice = 'never',
): FolderService[] {
  const { env } = context;
  const targets =
    folders.length === 0
      ? [context.find()]
      : folders.map((folder) => findQueue(folder, { ...env, SPARKQ_STORAGE: undefined }, process.cwd));
  return targets.map((target) => {
    const { workspace, storage } = filesOf(target);
    const service = serviceOf(serviceKind(process.platform), {
      workspace,
      storage,
      userFolder: userFolder(env),
      namedUserFolder: Boolean(env.SPARKQ_HOME || env.XDG_STATE_HOME),
      home: os.homedir(),
      configFolder: configFolder(env),
      searchPath: env.PATH ?? '',
      uid: process.getuid?.() ?? 0,
      keepAwake,
    });
    return { folder: workspace, service };
  });
}

/** By the rules of XDG, a path that is not absolute counts for nothing. */
function configFolder({ XDG_CONFIG_HOME: named = '' }: NodeJS.ProcessEnv): string {
  return path.isAbsolute(named) ? named : path.join(os.homedir(), '.config');
}

function printAll(context: CommandContext, services: readonly FolderService[]): void {
  const rows = services.map(({ folder, service: { name, file, text, install } }) => ({
    folder,
    name,
    file,
    text,
    commands: install,
  }));
  const lines = rows.flatMap(({ file, text, commands }) => [
    `${file}:`,
    ...text.trimEnd().split(/\r?\n/),
    '',
    ...commands.map((words) => `$ ${commandText(words)}`),
  ]);
  context.answer(rows, lines);
}

/** Shows what it does, and does it if a person agrees. @throws QueueError `conflict` where there is no terminal */
async function changeAll(
  context: CommandContext,
  services: readonly FolderService[],
  how: 'install' | 'remove',
): Promise<void> {
  for (const { folder, service } of services) {
    const verb = how === 'install' ? 'Writes' : 'Removes';
    const steps = [`${verb} ${service.file}`, ...service[how].map((words) => `Runs ${commandText(words)}`)];
    writeError([`For ${folder}:`, ...steps.map((step) => `  ${step}`), ''].join('\n'));
  }
  const agreed = await confirmOnTerminal('Do it?', false);
  if (agreed === null) {
    throw new QueueError(
      'conflict',
      'What starts at login takes a person on a terminal: what is piped in does not count',
      'Run it on a terminal, or see what it would do with: sparkq service install --print',
    );
  }
  if (!agreed) context.exitCode = exitCodes.refused;
  else
    for (const { service } of services)
      await (how === 'install' ? install(service, context) : remove(service));
  const rows = services.map(({ folder, service: { name, file } }) => ({ folder, name, file, done: agreed }));
  const done = how === 'install' ? 'Installed' : 'Removed';
  context.answer(
    rows,
    agreed
      ? [
          ...services.map(({ service }) => `${done} ${service.name}`),
          ...(how === 'install' ? new Set(services.flatMap(({ service }) => service.notes)) : []),
        ]
      : 'Nothing was changed',
  );
}

async function install(service: Service, context: CommandContext): Promise<void> {
  const program = serviceProgram(userFolder(context.env), process.platform);
  const facts = { extension: path.dirname(programs), editor: process.execPath, home: os.homedir() };
  writeShim(program, facts, process.platform);
  fs.mkdirSync(path.dirname(service.file), { recursive: true });
  const mark = service.encoding === 'utf16le' ? '\ufeff' : '';
  fs.writeFileSync(service.file, mark + service.text, service.encoding);
  for (const words of service.install) await call(words);
}

async function remove(service: Service): Promise<void> {
  const [first, ...others] = service.remove;
  // One that is not known any more is removed as well.
  if (first !== undefined) await call(first).catch((error: unknown) => writeError(`${messageOf(error)}\n`));
  fs.rmSync(service.file, { force: true });
  for (const words of others) await call(words);
}

async function printStates(context: CommandContext, services: readonly FolderService[]): Promise<void> {
  const rows = await Promise.all(
    services.map(async ({ folder, service }) => ({
      folder,
      name: service.name,
      file: service.file,
      installed: fs.existsSync(service.file),
      active: await call(service.state).then(
        () => true,
        () => false,
      ),
    })),
  );
  context.answer(
    rows,
    rows.map(({ folder, installed, active }) =>
      installed ? `${folder}: installed, ${active ? 'active' : 'not active'}` : `${folder}: not installed`,
    ),
  );
}

/** @throws QueueError `unavailable` with what the program said */
async function call([program = '', ...args]: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)(program, args, { windowsHide: true });
  } catch (error) {
    throw new QueueError(
      'unavailable',
      `${commandText([program, ...args])} failed: ${messageOf(error)}`,
      'Mend that, then run it again',
      undefined,
      { cause: error },
    );
  }
}
