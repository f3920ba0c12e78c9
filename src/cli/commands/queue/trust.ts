/** `sparkq trust`: confirms what a configuration may start. */

import type { Command } from '@commander-js/extra-typings';
import { realPathOf } from '../../../client/registry';
import { userFolder } from '../../../client/userFolder';
import { ConfigFile } from '../../../config/configFile';
import { Confirmations } from '../../../config/confirmations';
import { digestOf, type Pins, pinsOf, unconfirmedIn } from '../../../config/pins';
import { pinsDiff } from '../../../config/pinsText';
import { RememberedApprovals } from '../../../config/rememberedApprovals';
import { isBroken } from '../../../core/config';
import { QueueError } from '../../../core/errors';
import { silentLog } from '../../../core/log';
import { oneLine } from '../../../core/plainText';
import { brokenConfig } from '../../../core/refusals';
import type { CommandContext } from '../../context';
import { demandTerminal } from '../../terminal/dialogue';
import { exitCodes } from '../../terminal/errors';
import { example, nonBlank } from '../../terminal/options';
import { writeError } from '../../terminal/streams';

/** Of a digest, so many digits are shown. */
const shownDigits = 12;

const otherWays =
  'Run it on a terminal, or confirm it in the editor. Where nobody is, set SPARKQ_TRUST to what sparkq trust --digest prints';

export function addTrust(program: Command, context: CommandContext): void {
  const trust = program
    .command('trust')
    .description('what sparkq.yml wants to start, and what of it is confirmed');
  trust
    .command('confirm', { isDefault: true })
    .description(
      'show what sparkq.yml wants to start and nobody has confirmed, and confirm it; `sparkq trust` alone does it',
    )
    .option('--digest', 'print the digest of all that it wants to start, for SPARKQ_TRUST')
    .addHelpText('after', example('sparkq trust', 'sparkq trust --digest'))
    .action(({ digest = false }) => (digest ? printDigest(context) : confirm(context)));
  trust
    .command('list')
    .description(
      'list what sparkq.yml wants to start, whether it is confirmed, and the runs that need no approval',
    )
    .addHelpText('after', example('sparkq trust list --json'))
    .action(() => list(context));
  trust
    .command('revoke')
    .description('let everything wait until it is confirmed or approved again, or only a run')
    .argument('[run]', 'the beginning of its digest, as sparkq trust list shows it', nonBlank('Run'))
    .addHelpText('after', example('sparkq trust revoke', 'sparkq trust revoke 0a1b2c3d'))
    .action((run) => (run === undefined ? revoke(context) : forget(context, run)));
}

/** What the file of the workspace says now, whoever owns the queue. */
interface Trusted {
  file: string;
  confirmations: Confirmations;
  pins: Pins;
  confirmed: Pins;
  /** Names of what waits. */
  waiting: string[];
  /** What `sparkq approve --remember` has kept. */
  remembered: RememberedApprovals;
}

/** @throws QueueError `conflict` for a file that cannot be read */
async function read(context: CommandContext): Promise<Trusted> {
  const workspace = realPathOf(await context.findWorkspace());
  const config = await ConfigFile.open(workspace, silentLog);
  if (isBroken(config.diagnostics())) throw brokenConfig(config.problems());
  const confirmations = new Confirmations(userFolder(context.env), workspace);
  const remembered = new RememberedApprovals(userFolder(context.env), workspace);
  const pins = pinsOf(config.current());
  const confirmed = confirmations.read() ?? {};
  const waiting = unconfirmedIn(pins, confirmed);
  return { file: config.file, confirmations, pins, confirmed, waiting, remembered };
}

async function printDigest(context: CommandContext): Promise<void> {
  const digest = digestOf((await read(context)).pins);
  context.answer({ digest }, digest);
}

async function list(context: CommandContext): Promise<void> {
  const { pins, waiting, remembered } = await read(context);
  const names = Object.keys(pins)
    .sort()
    .map((name) => ({ name, confirmed: !waiting.includes(name) }));
  const runs = remembered.list();
  context.answerList(
    [...names, ...runs.map(({ label, ...run }) => ({ name: label, confirmed: true, ...run }))],
    'sparkq.yml starts nothing of its own.',
    () => [
      ...names.map(({ name, confirmed }) => `${confirmed ? 'confirmed' : 'waits    '}  ${name}`),
      ...runs.map(({ digest, label }) => `approved   ${oneLine(label)} (${digest.slice(0, shownDigits)})`),
    ],
  );
}

async function confirm(context: CommandContext): Promise<void> {
  const { file, confirmations, pins, confirmed, waiting } = await read(context);
  const answer = (done: boolean) => ({ digest: digestOf(pins), waiting, confirmed: done });
  if (waiting.length === 0) {
    confirmations.confirm(pins);
    return context.answer(answer(true), `Nothing of ${file} waits to be confirmed`);
  }
  // With --json a person still has to see what is confirmed.
  const lines = [
    `${file} wants to start what nobody has confirmed:`,
    '',
    ...pinsDiff(waiting, confirmed, pins),
    '',
  ];
  if (context.json) writeError(lines.map((line) => `${line}\n`).join(''));
  else context.say(lines);
  const agreed = await demandTerminal('Confirm it?', 'Confirming it', otherWays);
  if (agreed) confirmations.confirm(pins);
  else context.exitCode = exitCodes.refused;
  context.answer(answer(agreed), agreed ? `Confirmed: ${waiting.join(', ')}` : 'Nothing was confirmed');
}

async function revoke(context: CommandContext): Promise<void> {
  const { confirmations, pins, remembered } = await read(context);
  const agreed = await demandTerminal(
    'Let everything wait until it is confirmed again?',
    'Revoking it',
    otherWays,
  );
  if (agreed) {
    confirmations.revoke();
    remembered.forget(remembered.list().map(({ digest }) => digest));
  } else context.exitCode = exitCodes.refused;
  const waiting = Object.keys(pins).sort();
  context.answer(
    { revoked: agreed, waiting },
    agreed ? 'Nothing is confirmed any more' : 'Nothing was changed',
  );
}

/** @throws QueueError `not_found` */
async function forget(context: CommandContext, start: string): Promise<void> {
  const { remembered } = await read(context);
  const runs = remembered.list().filter(({ digest }) => digest.startsWith(start));
  if (runs.length === 0)
    throw new QueueError('not_found', `No approved run begins with ${start}`, 'List them: sparkq trust list');
  const names = runs.map(({ label }) => oneLine(label)).join(', ');
  const agreed = await demandTerminal(`Let ${names} wait for approval again?`, 'Revoking it', otherWays);
  if (agreed) remembered.forget(runs.map(({ digest }) => digest));
  else context.exitCode = exitCodes.refused;
  context.answer({ revoked: agreed, runs }, agreed ? `No longer approved: ${names}` : 'Nothing was changed');
}
