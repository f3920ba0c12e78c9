/** The names for which a command is queued once each. */

import { asArgument } from '../../../client/nameMark';
import { invalid } from '../../../core/refusals';

/**
 * The files that the patterns match, as arguments, each once.
 * @param folder where relative patterns start
 * @throws QueueError `invalid_field` for a pattern that matches nothing
 */
export async function namesOfFiles(patterns: readonly string[], folder: string): Promise<string[]> {
  const { filesMatching } = await import('../../../system/glob');
  const names = patterns.flatMap((pattern) => {
    const found = filesMatching(pattern, folder);
    if (found.length === 0) throw invalid('each', pattern, `No file in ${folder} matches it.`);
    return found.map(asArgument);
  });
  return [...new Set(names)];
}

/**
 * The names on standard input, as they are: one a line, or with a zero byte after each, as `find -print0` writes them.
 * @throws QueueError `invalid_field` if there is none
 */
export function namesOfText(text: string): string[] {
  const zero = text.includes('\0');
  const lines = text.split(zero ? '\0' : /\r?\n/);
  const names = lines.filter((line) => (zero ? line !== '' : line.trim() !== ''));
  if (names.length === 0) throw invalid('each', '-', 'There is no name on stdin.');
  return names;
}
