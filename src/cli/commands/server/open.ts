/** `sparkq open`: opens a page of a running owner in the browser. */

import { spawn } from 'node:child_process';
import type { Command } from '@commander-js/extra-typings';
import { wrongState } from '../../../core/refusals';
import { findOnPath, windowsProgram } from '../../../system/programs';
import { callerOf } from '../../access/caller';
import { reachOwner } from '../../access/locate';
import { openRemote } from '../../access/openQueue';
import type { CommandContext } from '../../context';
import { choice, example } from '../../terminal/options';

const pages = ['dashboard', 'docs'] as const;

export function addOpen(program: Command, context: CommandContext): void {
  program
    .command('open')
    .description('open a page of the server in the browser')
    .argument('[page]', pages.join(' or '), choice('page', pages), 'docs' as const)
    .addHelpText('after', example('sparkq open dashboard', 'sparkq open docs'))
    .action(async (page) => {
      const owner = await reachOwner(context.find(), context.env);
      if (owner === null) throw wrongState('Open', 'stopped', 'sparkq run');
      const { queue } = openRemote(owner, callerOf(context.env));
      const url = await queue.ticketUrl(`/${page}`);
      const opened = context.json ? false : await openInBrowser(url);
      context.answer({ url, opened }, opened ? `Opened ${url}` : url);
    });
}

/** Opens an address with the platform's own opener; false when there is none. */
async function openInBrowser(url: string): Promise<boolean> {
  const openers: Partial<Record<NodeJS.Platform, [string, string[]]>> = {
    darwin: ['/usr/bin/open', [url]],
    win32: [windowsProgram(process.env, 'rundll32.exe'), ['url.dll,FileProtocolHandler', url]],
  };
  const [program, args] = openers[process.platform] ?? [await findOnPath('xdg-open'), [url]];
  if (program === null) return false;
  return new Promise((resolve) => {
    const child = spawn(program, args, { detached: true, stdio: 'ignore' });
    child.on('error', () => resolve(false));
    child.on('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}
