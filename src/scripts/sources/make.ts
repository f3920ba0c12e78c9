/**
 * Reads the targets of a Makefile that are written out. Targets with variables or patterns in their names and those of
 * included files are not found: only make itself could tell, and telling may run commands. Pure.
 */

import type { Reading, SourceFile } from './namedCommand';
import { ReadingBuilder } from './readingBuilder';

/** A line with those that it is continued on. */
interface Line {
  text: string;
  /** From 1. */
  number: number;
}

interface Rule {
  /** As written. */
  targets: string;
  prerequisites: string;
  description: string | null;
  line_number: number;
}

const assignment = /^\s*(?:(?:export|override|private)\s+)*[^\s:#=]+\s*(?:[?+!]|:{1,3})?=/;
/** `target: NAME = value` sets a variable for a target that is defined elsewhere. */
const targetVariable = /^\s*(?:(?:export|override|private)\s+)*[\w.-]+\s*(?:[?+!]|:{1,3})?=/;
const directive = /^\s*(?:if(?:n?eq|n?def)|else|endif|vpath|export|unexport|undefine|load)\b/;
const literalName = /^[^\s$%*?[\]\\#'"`;|&()<>]+$/;

export function readMakefile(file: SourceFile): Reading {
  const found = new ReadingBuilder('make', file);
  const phony: Rule[] = [];
  let before = '';
  for (const line of ruleLines(file.text)) {
    const documented = /^##\s*(.*)/.exec(before)?.[1] ?? null;
    before = line.text;
    const rule = ruleIn(line, documented, found);
    if (rule?.targets === '.PHONY') phony.push({ ...rule, targets: rule.prerequisites, description: null });
    else if (rule) addTargets(rule, found);
  }
  // What is only declared here may have its rule in an included file.
  for (const rule of phony) addTargets(rule, found);
  return found;
}

function ruleIn({ text, number }: Line, documented: string | null, found: ReadingBuilder): Rule | null {
  const [, optional, included] = /^\s*(-|s)?include\s+(.+)/.exec(text) ?? [];
  if (included !== undefined) {
    // What may be missing is mostly a list of dependencies that a compiler wrote.
    if (optional === undefined) found.note('included', number, { name: withoutComment(included) });
    return null;
  }
  if (directive.test(text) || assignment.test(text)) return null;
  const rule = withoutComment(text);
  const colon = colonOf(rule);
  if (colon < 0) {
    if (/\$[({](?:eval|call|foreach)\b/.test(rule)) found.note('computed', number, { name: rule });
    return null;
  }
  const prerequisites = rule.slice(colon).replace(/^:{1,2}/, '');
  if (targetVariable.test(prerequisites)) return null;
  return {
    targets: rule.slice(0, colon).replace(/&\s*$/, '').trim(),
    prerequisites: prerequisites.replace(/;.*$/, '').trim(),
    description: /(?:^|\s)##\s*(.*)$/.exec(text)?.[1] ?? documented,
    line_number: number,
  };
}

function addTargets({ targets, description, line_number }: Rule, found: ReadingBuilder): void {
  if (targets.includes('$')) {
    found.note('computed', line_number, { name: targets });
    return;
  }
  for (const name of targets.split(/\s+/)) {
    if (name.startsWith('.') || !literalName.test(name)) continue;
    found.add({ name, line_number, description, command: { argv: ['make', name] } });
  }
}

/** The lines that are no part of a recipe or of the text of a variable. */
function* ruleLines(text: string): Generator<Line> {
  let recipePrefix = '\t';
  let defines = 0;
  for (const line of joinedLines(text)) {
    if (line.text.startsWith(recipePrefix)) continue;
    if (/^\s*(?:(?:export|override)\s+)*define\b/.test(line.text)) defines += 1;
    else if (/^\s*endef\b/.test(line.text)) defines = Math.max(0, defines - 1);
    else if (defines === 0) {
      recipePrefix = /^\.RECIPEPREFIX\s*:?=\s*(\S)/.exec(line.text)?.[1] ?? recipePrefix;
      yield line;
    }
  }
}

function* joinedLines(text: string): Generator<Line> {
  let joined = '';
  let number = 0;
  for (const [index, part] of text.split(/\r?\n/).entries()) {
    if (number === 0) number = index + 1;
    joined += joined === '' ? part : ` ${part.trim()}`;
    if (joined.endsWith('\\')) {
      joined = joined.slice(0, -1);
      continue;
    }
    yield { text: joined, number };
    joined = '';
    number = 0;
  }
  if (number > 0) yield { text: joined, number };
}

function withoutComment(text: string): string {
  return text.replace(/(?:^|(?<!\\))#.*$/, '').trim();
}

/** Where the targets of a rule end: at its first colon outside of variables; -1 for a line that is no rule. */
function colonOf(text: string): number {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (char === '$' && /[({]/.test(text[at + 1] ?? '')) depth += 1;
    else if (depth > 0 && (char === ')' || char === '}')) depth -= 1;
    else if (char === ':' && depth === 0) return at;
  }
  return -1;
}
