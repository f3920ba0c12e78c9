/** The last part of every command's help. */

/** One or more command lines to try, as `--help` shows them. */
export function example(...lines: string[]): string {
  return ['', lines.length === 1 ? 'Example:' : 'Examples:', ...lines.map((line) => `  $ ${line}`)].join(
    '\n',
  );
}
