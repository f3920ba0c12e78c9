/** Where a command writes: what it was asked for on stdout, everything else on stderr. */

import { text as textOf } from 'node:stream/consumers';
import { styleText } from 'node:util';

const statusColours = {
  queued: 'blue',
  running: 'yellow',
  succeeded: 'green',
  failed: 'red',
  active: 'green',
  ended: 'gray',
} as const;

/** A status, perhaps padded, in its colour on a terminal that shows colours; plain elsewhere. */
export function paintStatus(text: string): string {
  const status = text.trim();
  if (!(status in statusColours) || process.stdout.isTTY !== true) return text;
  return styleText(statusColours[status as keyof typeof statusColours], text);
}

export function writeOut(text: string): void {
  process.stdout.write(text);
}

export function writeError(text: string): void {
  process.stderr.write(text);
}

/** All of stdin as text. */
export function readStdin(): Promise<string> {
  return textOf(process.stdin);
}

/** Resolves when everything written so far has left this process. */
export async function flushed(): Promise<void> {
  await Promise.all(
    [process.stdout, process.stderr].map((stream) => new Promise((resolve) => stream.write('', resolve))),
  );
}

/**
 * A reader that closes stdout early, such as `head`, ends the program quietly. A closed stderr does not: the terminal
 * that started a server may be gone by now.
 */
export function endQuietlyOnClosedPipe(): void {
  process.stderr.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}
