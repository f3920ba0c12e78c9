/** Where a command writes: what it was asked for on stdout, everything else on stderr. */

import { randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { styleText } from 'node:util';
import { printable, printableJson } from '../../core/plainText';
import { textOfBytes } from '../../core/textBytes';

const statusColours = {
  queued: 'blue',
  running: 'yellow',
  succeeded: 'green',
  failed: 'red',
  active: 'green',
  ended: 'gray',
  cancelled: 'gray',
  parked: 'gray',
  suspended: 'magenta',
  checking: 'yellow',
} as const;

/** Encloses what is to be coloured until it is written. Random, so that no other text contains it. */
const paintMark = randomUUID();

/** A status, perhaps padded, in its colour on a terminal that shows colours; plain elsewhere. */
export function paintStatus(text: string): string {
  const status = text.trim();
  if (!(status in statusColours) || process.stdout.isTTY !== true) return text;
  return `${paintMark}${text}${paintMark}`;
}

function paint(text: string): string {
  return text
    .split(paintMark)
    .map((part, index) =>
      index % 2 === 0 ? part : styleText(statusColours[part.trim() as keyof typeof statusColours], part),
    )
    .join('');
}

/** Writes text for people to stdout, without the control sequences that names and texts of others may contain. */
export function writeOut(text: string): void {
  process.stdout.write(paint(printable(text)));
}

/** Writes a JSON value to stdout. @param indent spaces; 0: on one line */
export function writeJson(value: unknown, indent: number): void {
  process.stdout.write(`${printableJson(value, indent)}\n`);
}

/** Writes exactly what is given: output of tasks. */
export function writeRaw(output: Uint8Array, to: NodeJS.WriteStream = process.stdout): void {
  to.write(output);
}

/** Like `writeOut`, to stderr. */
export function writeError(text: string): void {
  process.stderr.write(printable(text));
}

/** All of stdin as text. @throws QueueError if it is none */
export async function readStdin(): Promise<string> {
  return textOfBytes(await buffer(process.stdin), 'The text on stdin');
}

/** Resolves when everything written so far has left this process. */
export async function flushed(): Promise<void> {
  await Promise.all(
    [process.stdout, process.stderr].map((stream) => new Promise((resolve) => stream.write('', resolve))),
  );
}

/**
 * A reader that closes stdout early, such as `head`, ends the program quietly; a stdout that takes nothing, such as a
 * full disk, ends it with a sentence. Neither is true of stderr: the terminal that started a server may be gone by now.
 */
export function endQuietlyOnClosedPipe(): void {
  process.stderr.on('error', () => undefined);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    writeError(`Error: The output could not be written (${error.message})\n`);
    process.exit(1);
  });
}
