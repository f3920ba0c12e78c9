#!/usr/bin/env node
/**
 * The `sparkq` program. It answers by itself what prompts and status bars ask all the time; everything else is in
 * main.js beside it, which is loaded only then.
 */

import path from 'node:path';
import { findQueue } from './access/locate';
import { readStatus, statusLine } from './commands/status';
import { describeError } from './terminal/errors';
import { endQuietlyOnClosedPipe } from './terminal/streams';

async function begin(argv: readonly string[]): Promise<void> {
  if (argv.length === 1 && argv[0] === 'status') return printStatus();
  await loadMain().main(argv);
}

function loadMain(): typeof import('./main') {
  return require(path.join(__dirname, 'main.js'));
}

async function printStatus(): Promise<void> {
  endQuietlyOnClosedPipe();
  try {
    const where = findQueue(process.env.SPARKQ_WORKSPACE || undefined, process.env, process.cwd());
    process.stdout.write(`${statusLine(await readStatus(where, process.env, false))}\n`);
  } catch (error) {
    const { lines, exitCode } = describeError(error);
    process.stderr.write(`${lines.join('\n')}\n`);
    process.exitCode = exitCode;
  }
}

void begin(process.argv.slice(2));
