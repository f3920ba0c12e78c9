/** Where a command writes: what it was asked for on stdout, everything else on stderr. */

const codes = { red: 31, green: 32, yellow: 33, blue: 34, grey: 90 } as const;
export type Colour = keyof typeof codes;

/** A status in a colour of its own; a word without one stays plain. */
const statusColours: Readonly<Record<string, Colour>> = {
  queued: 'blue',
  running: 'yellow',
  succeeded: 'green',
  failed: 'red',
  active: 'green',
  ended: 'grey',
};

/** Colours only where a person looks, and only if that person did not opt out. */
export function usesColour(env: NodeJS.ProcessEnv, isTerminal: boolean): boolean {
  return isTerminal && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb';
}

/** `text` in the colour of the status that it holds. */
export function paintStatus(text: string): string {
  const colour = statusColours[text.trim()];
  if (colour === undefined || !usesColour(process.env, process.stdout.isTTY === true)) return text;
  return `\u001b[${codes[colour]}m${text}\u001b[0m`;
}

export function writeOut(text: string): void {
  process.stdout.write(text);
}

export function writeError(text: string): void {
  process.stderr.write(text);
}

/** All of stdin as text. */
export async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

/** Resolves when everything written so far has left this process. */
export async function flushed(): Promise<void> {
  await Promise.all(
    [process.stdout, process.stderr].map((stream) => new Promise((resolve) => stream.write('', resolve))),
  );
}

/**
 * A reader that closes its end of stdout early, such as `head`, ends the program quietly. What nobody reads on stderr is
 * lost: whoever started a server may be gone by now.
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
