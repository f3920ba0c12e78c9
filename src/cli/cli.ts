#!/usr/bin/env node
/**
 * The `sparkq` program. It answers `sparkq status` itself, since prompts and status bars ask that all the time. The rest
 * is in main.js beside it, which is loaded only when needed.
 */

import path from 'node:path';
import { findQueue } from './access/locate';
import { mayBeOnServer, readStatus, statusLines } from './access/status';
import { describeError } from './terminal/errors';
import { endQuietlyOnClosedPipe, writeError, writeOut } from './terminal/streams';

async function begin(argv: readonly string[]): Promise<void> {
  if (argv.length === 1 && argv[0] === 'status') return printStatus();
  await loadMain().main(argv);
}

function loadMain(): typeof import('./main') {
  return require(path.join(__dirname, 'main.js'));
}

/** Prints an error as a sentence, and gives the exit code. */
function reportError(error: unknown): number {
  const { lines, exitCode } = describeError(error);
  writeError(`${lines.join('\n')}\n`);
  return exitCode;
}

async function printStatus(): Promise<void> {
  try {
    const target = findQueue(process.env.SPARKQ_WORKSPACE || undefined, process.env, process.cwd);
    const status = await readStatus(target, process.env, process.stdout.isTTY === true);
    if (!status.running && mayBeOnServer(target, process.env)) return await loadMain().main(['status']);
    writeOut(`${statusLines(status, Date.now()).join('\n')}\n`);
  } catch (error) {
    process.exitCode = reportError(error);
  }
}

endQuietlyOnClosedPipe();
process.on('uncaughtException', (error) => process.exit(reportError(error)));
void begin(process.argv.slice(2));
