/** What a function writes to stdout and stderr, in the order of writing, and into what kind of stdout it writes. */

export interface Written {
  to: 'stdout' | 'stderr';
  text: string;
}

/** @param terminal whether stdout passes for a terminal */
export async function capture(terminal: boolean, action: () => unknown): Promise<Written[]> {
  const written: Written[] = [];
  const restore = (['stdout', 'stderr'] as const).map((to) => {
    const stream = process[to];
    const { write, isTTY } = stream;
    stream.write = ((text: unknown) => written.push({ to, text: String(text) })) as unknown as typeof write;
    stream.isTTY = terminal;
    return () => Object.assign(stream, { write, isTTY });
  });
  try {
    await action();
  } finally {
    for (const each of restore) each();
  }
  return written;
}

/** All that was written to one of them. */
export function textOn(to: Written['to'], written: readonly Written[]): string {
  return written.flatMap((each) => (each.to === to ? each.text : [])).join('');
}
