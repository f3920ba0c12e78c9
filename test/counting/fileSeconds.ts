/**
 * How long each test file takes, measured by an earlier run (`--record`). The longest start first, so that files which
 * run side by side end together.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inRepository } from '../vscode/root';

const record = () => inRepository('test', 'fileSeconds.json');

/** The name of a built test file here: its path below `test/`, the same on every system. */
export function testFileName(built: string): string {
  return path
    .relative(inRepository('out', 'test'), built)
    .replaceAll(path.sep, '/')
    .replace(/\.test\.js$/, '');
}

/** Orders built test files, the longest first; before them those that were not measured yet. */
export function longestFirst(files: readonly string[]): string[] {
  const seconds = JSON.parse(readFileSync(record(), 'utf8')) as Record<string, number>;
  const of = (file: string) => seconds[testFileName(file)] ?? Number.POSITIVE_INFINITY;
  return [...files].sort((a, b) => (of(a) === of(b) ? a.localeCompare(b) : of(b) - of(a)));
}

/** Replaces the record. @param milliseconds by file name */
export function recordFiles(milliseconds: Readonly<Record<string, number>>): void {
  const rows = Object.entries(milliseconds)
    .map(([file, ms]) => [file, Number((ms / 1000).toFixed(1))] as const)
    .sort(([a], [b]) => a.localeCompare(b));
  writeFileSync(record(), `${JSON.stringify(Object.fromEntries(rows), null, 2)}\n`);
}
