import { ProblemFinder } from '../../../../src/scripts/problems/problemFinder';
import type { Problem } from '../../../../src/scripts/problems/problemMatcher';
import { type Contributed, readMatchers } from '../../../../src/scripts/problems/readMatchers';

/** What matchers find in a text, without what is the same in all. */
export function findProblems(given: unknown, text: string, contributed?: Contributed): Partial<Problem>[] {
  const { matchers, complaints } = readMatchers(given, contributed);
  if (complaints.length > 0) throw new Error(complaints.join(' '));
  const finder = new ProblemFinder(matchers);
  return text
    .split('\n')
    .map((line) => finder.next(line))
    .filter((problem) => problem !== null);
}

/** `file:line:column severity code: message` of each problem. */
export function problemLines(given: unknown, text: string, contributed?: Contributed): string[] {
  return findProblems(given, text, contributed).map(
    ({ file, line, column, severity, code, message }) =>
      `${file}:${line}:${column} ${severity} ${code ?? '-'}: ${message}`,
  );
}
