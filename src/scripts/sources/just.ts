/**
 * Reads the recipes of a justfile that are written out, with the parameters that they need. Those of imported files and
 * of modules are not found. Pure.
 */

import type { Blank, Reading, SourceFile } from './namedCommand';
import { ReadingBuilder } from './readingBuilder';

/** What stands above a recipe. */
interface Above {
  comment: string | null;
  isPrivate: boolean;
}

const nothing: Above = { comment: null, isPrivate: false };
const recipe = /^@?([A-Za-z_][\w-]*)(?=[\s:])(.*)$/;

export function readJustfile(file: SourceFile): Reading {
  const found = new ReadingBuilder('just', file);
  let above = nothing;
  let open: string | null = null;
  for (const [index, line] of file.text.split(/\r?\n/).entries()) {
    if (open !== null) {
      open = openQuote(line, open);
    } else if (/^\s/.test(line)) {
      // The body of a recipe.
    } else if (line.startsWith('#')) {
      above = { ...above, comment: line.replace(/^#!?\s*/, '') };
    } else if (line.startsWith('[')) {
      above = withAttributes(above, line);
    } else {
      open = readLine(line, index + 1, above, found);
      above = nothing;
    }
  }
  return found;
}

/** @returns the quote of a text that goes on in the next line; null if there is none */
function readLine(line: string, number: number, above: Above, found: ReadingBuilder): string | null {
  if (/^(?:import|mod)\b\??\s+[^:=]*$/.test(line)) {
    found.note('included', number, { name: line.trim() });
    return null;
  }
  if (/^(?:set\s|(?:export\s+|alias\s+)?[A-Za-z_][\w-]*\s*:=)/.test(line)) return openQuote(line, null);
  const [, name, rest] = recipe.exec(line) ?? [];
  const parameters = rest === undefined ? null : parametersOf(rest);
  if (name === undefined || parameters === null) return null;
  if (above.isPrivate || name.startsWith('_')) return null;
  const blanks = parameters.map(blankOf);
  found.add({
    name,
    line_number: number,
    description: above.comment,
    command: { argv: ['just', name, ...blanks.map(({ placeholder }) => placeholder)] },
    blanks,
  });
  return null;
}

function withAttributes(above: Above, line: string): Above {
  const documentation = /\bdoc\s*\(\s*(['"])(.*?)\1\s*\)/.exec(line)?.[2];
  return {
    comment: documentation ?? above.comment,
    isPrivate: above.isPrivate || /\bprivate\b/.test(line.replace(/(['"]).*?\1/g, '')),
  };
}

function blankOf(name: string): Blank {
  return { placeholder: `\${${name}}`, fact: null, description: name, fallback: null, choices: null };
}

/** The names of the parameters that have no default; null if the line is no head of a recipe. */
function parametersOf(rest: string): string[] | null {
  const colon = outsideQuotes(rest).indexOf(':');
  if (colon < 0 || rest[colon + 1] === '=') return null;
  const words = outsideQuotes(rest.slice(0, colon))
    .replace(/\s*=\s*/g, '=')
    .split(/\s+/)
    .filter((word) => word !== '');
  if (!words.every((word) => /^[+*]?\$?[A-Za-z_][\w-]*(?:=.*)?$/.test(word))) return null;
  return words
    .filter((word) => !word.includes('=') && !word.startsWith('*'))
    .map((word) => word.replace(/^[+$]+/, ''));
}

/** The text with what is in quotes or brackets made `_`, of the same length. */
function outsideQuotes(text: string): string {
  const masked = text.replace(/'[^']*'|"(?:\\.|[^"\\])*"|`[^`]*`/g, (quote) => '_'.repeat(quote.length));
  return masked.replace(/\([^()]*\)/g, (group) => '_'.repeat(group.length));
}

const quotes = /'''|"""|'|"|`|#/g;

/** The quote that is open after a line; null for none. */
function openQuote(line: string, before: string | null): string | null {
  let open = before;
  for (const { 0: quote, index } of line.matchAll(quotes)) {
    if (open === null && quote === '#') return null;
    if (open === null) open = quote;
    else if (open === quote && !(quote.startsWith('"') && line[index - 1] === '\\')) open = null;
  }
  return open;
}
