/** Makes matchers of names and of definitions, as sparkq.yml, a task or an extension has them. Pure. */

import { field, textIn } from '../sources/jsonTree';
import { builtInMatchers, type Definition } from './builtInMatchers';
import {
  mostPatterns,
  type ProblemMatcher,
  type ProblemPattern,
  problemGroups,
  type Severity,
} from './problemMatcher';

/** What other extensions contribute, by name without `$`. */
export interface Contributed {
  matchers: ReadonlyMap<string, Definition>;
  /** One pattern, or a list of them. */
  patterns: ReadonlyMap<string, unknown>;
}

export const nothingContributed: Contributed = { matchers: new Map(), patterns: new Map() };

export interface ReadMatchers {
  matchers: ProblemMatcher[];
  /** One sentence for each that cannot be used. */
  complaints: string[];
}

/** What an unusable definition is refused with. */
class Unusable extends Error {}

/** @param given a name such as `$tsc`, a definition as in tasks.json, or a list of them */
export function readMatchers(given: unknown, contributed: Contributed = nothingContributed): ReadMatchers {
  const answer: ReadMatchers = { matchers: [], complaints: [] };
  for (const one of Array.isArray(given) ? given : [given]) {
    try {
      answer.matchers.push(
        ...(typeof one === 'string' ? named(one, contributed) : [matcherOf(one, contributed)]),
      );
    } catch (error) {
      if (!(error instanceof Unusable)) throw error;
      answer.complaints.push(error.message);
    }
  }
  return answer;
}

/** An extension knows its tool better than we do. */
function named(name: string, contributed: Contributed): ProblemMatcher[] {
  const bare = bareName(name);
  const theirs = contributed.matchers.get(bare);
  if (theirs) return [matcherOf(theirs, contributed)];
  const ours = Object.hasOwn(builtInMatchers, bare) ? builtInMatchers[bare] : undefined;
  if (ours) return ours.map((definition) => matcherOf(definition, contributed));
  throw new Unusable(
    `The problem matcher ${name} is neither built in nor of an extension that is installed.`,
  );
}

function bareName(name: string): string {
  return name.trim().replace(/^\$/, '');
}

function matcherOf(definition: unknown, contributed: Contributed): ProblemMatcher {
  if (typeof definition !== 'object' || definition === null || Array.isArray(definition))
    throw new Unusable('A problem matcher is a name such as $tsc, or an object with a pattern.');
  const base = textIn(field(definition, 'base'));
  const from = base === null ? undefined : named(base, withoutMatcher(contributed, definition))[0];
  const pattern = field(definition, 'pattern');
  if (pattern === undefined && from === undefined) throw new Unusable('A problem matcher needs a pattern.');
  const place = field(definition, 'fileLocation');
  return {
    source: textIn(field(definition, 'source')) ?? textIn(field(definition, 'owner')) ?? from?.source ?? null,
    severity: severityIn(field(definition, 'severity')) ?? from?.severity ?? 'error',
    patterns: pattern === undefined ? (from?.patterns ?? []) : patternsOf(pattern, contributed),
    base: place === undefined ? (from?.base ?? null) : baseIn(place),
  };
}

/** A matcher cannot be its own base. */
function withoutMatcher(contributed: Contributed, definition: object): Contributed {
  const others = [...contributed.matchers].filter(([, one]) => one !== definition);
  return { ...contributed, matchers: new Map(others) };
}

/** The folder of `["relative", "${workspaceFolder}/FOLDER"]`; null for that of the run. */
function baseIn(place: unknown): string | null {
  const folder = Array.isArray(place) && place[0] !== 'search' ? textIn(place[1]) : null;
  if (folder === null || /^\$\{(?:cwd|fileDirname)\}/.test(folder)) return null;
  return folder.replace(/^\$\{(?:workspaceFolder(?::[^}]*)?|workspaceRoot)\}[\\/]*/, '');
}

function severityIn(value: unknown): Severity | undefined {
  switch (textIn(value)?.toLowerCase()) {
    case 'error':
      return 'error';
    case 'warning':
      return 'warning';
    case 'info':
    case 'hint':
      return 'information';
    default:
      return undefined;
  }
}

function patternsOf(given: unknown, contributed: Contributed): ProblemPattern[] {
  const name = textIn(given);
  const pattern = name === null ? given : patternNamed(name, contributed);
  if (!Array.isArray(pattern)) return [patternOf(pattern, true)];
  if (pattern.length === 0 || pattern.length > mostPatterns)
    throw new Unusable(`A problem matcher has 1 to ${mostPatterns} patterns.`);
  return pattern.map((one) => patternOf(one, pattern.length === 1));
}

function patternNamed(name: string, { patterns }: Contributed): unknown {
  const bare = bareName(name);
  const ours = Object.hasOwn(builtInMatchers, bare) ? builtInMatchers[bare]?.[0]?.pattern : undefined;
  const found = patterns.get(bare) ?? ours;
  if (found === undefined) throw new Unusable(`The problem pattern ${name} is unknown.`);
  return found;
}

/** @param alone whether it reads a whole problem: then groups that are not named have the usual numbers */
function patternOf(given: unknown, alone: boolean): ProblemPattern {
  const regexp = textIn(field(given, 'regexp'));
  if (regexp === null) throw new Unusable('A problem pattern needs a regexp.');
  try {
    new RegExp(regexp);
  } catch {
    throw new Unusable(`The problem pattern ${regexp} is no regular expression.`);
  }
  const groups = Object.fromEntries(
    problemGroups.map((name) => [name, groupIn(field(given, name))]),
  ) as Record<(typeof problemGroups)[number], number | null>;
  if (alone) {
    groups.file ??= 1;
    groups.message ??= 0;
    if (groups.location === null && field(given, 'kind') !== 'file') {
      groups.line ??= 2;
      groups.column ??= usualColumn(given);
    }
  }
  return { regexp, loop: field(given, 'loop') === true, ...groups };
}

/** A pattern that names its line, but no column, has none. */
function usualColumn(given: unknown): number | null {
  return groupIn(field(given, 'line')) === null ? 3 : null;
}

function groupIn(value: unknown): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 100 ? value : null;
}
