/** `sparkq mcp`: the queue's tools for an agent, which starts this program and talks to it on stdin and stdout. */

import type { Command } from '@commander-js/extra-typings';
import { userFolderPath } from '../../../client/userFolder';
import { sleep, systemClock } from '../../../core/clock';
import type { Origin } from '../../../core/model';
import type { OpenedQueue } from '../../../mcp/lazyQueue';
import { callerOf } from '../../access/caller';
import type { CommandContext } from '../../context';
import { exitCodes } from '../../terminal/errors';
import { example } from '../../terminal/options';
import { stderrLog } from '../../terminal/stderrLog';
import { version } from '../../version';

/** Milliseconds in which the claims must be given back; later ones end by themselves. */
const endLimit = 5_000;

export function addMcp(program: Command, context: CommandContext): void {
  program
    .command('mcp')
    .description('serve the queue to an agent over MCP, on stdin and stdout; agents start it')
    .addHelpText('after', example('sparkq mcp', 'sparkq --workspace ~/api mcp'))
    .action(() => serve(context));
}

async function serve(context: CommandContext): Promise<void> {
  const stopped = Promise.race([context.untilStopped(), clientGone()]);
  const [{ AgentSession }, { serveOnStdio }, { longestCall }, { ClaimNote }, { BoundRun }] =
    await Promise.all([
      import('../../../mcp/agentSession'),
      import('../../../mcp/mcpServer'),
      import('../../../mcp/callLimit'),
      import('../../../agents/claimNotes'),
      import('../../../runner/boundRun'),
    ]);
  const log = stderrLog(context.env, 'warn');
  const caller: Origin = { ...callerOf(context.env), kind: 'agent' };
  const note = new ClaimNote(userFolderPath(context.env), context.env.CLAUDE_CODE_SESSION_ID || null);
  const session = new AgentSession({
    open: () => open(context, caller, longestCall),
    agent: caller,
    run: BoundRun.in(context.env),
    git: { atClaim: () => context.gitAtClaim(), atEnd: (queue, task) => context.gitAtEnd(queue, task) },
    note: (claims) => note.write(claims),
    clock: systemClock,
    log,
  });
  const serving = serveOnStdio(session, version, log);
  await stopped;
  await serving.close();
  await Promise.race([session.end(), sleep(endLimit)]);
  context.exitCode = exitCodes.done;
}

/** There may be no queue yet: each call looks for it again. An agent's environment confirms no configuration. */
async function open(context: CommandContext, caller: Origin, waitMs: number): Promise<OpenedQueue> {
  const target = context.find();
  const env = { ...context.env, SPARKQ_TRUST: undefined };
  if ('url' in target) return (await import('../../access/openQueue')).openRemote(target, caller);
  const { openWorkspace } = await import('../../access/openWorkspace');
  return openWorkspace(target, env, { role: 'mcp', caller, waitMs });
}

/** Resolves when the agent has closed its end, or has ended. */
function clientGone(): Promise<void> {
  return new Promise((resolve) => {
    const gone = (): void => resolve();
    process.stdin.once('end', gone).once('close', gone).on('error', gone);
    // What is held is given back first.
    process.stdout.removeAllListeners('error').on('error', gone);
  });
}
