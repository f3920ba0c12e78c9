/**
 * What npm puts beside a program of a package on Windows: a batch file that starts Node.js with a script. Started
 * without the batch file, the script gets every argument, whatever its length and its line breaks.
 */

import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { findOnPath, programState } from '../../system/programs';

/** Bytes; a longer batch file is not one of npm's. */
const longest = 4096;

/** The script that npm's batch file starts, relative to the folder of the file; null for any other batch file. */
export function scriptOfShim(text: string): string | null {
  if (!/^\s*SET "_prog=node"\s*$/im.test(text)) return null;
  const calls = [...text.matchAll(/"%_prog%"\s+"%dp0%\\([^"%]+)"\s+%\*/gi)];
  return calls.length === 1 ? (calls[0]?.[1] ?? null) : null;
}

/** Program and script that a batch file of npm starts; null for any other, or where one of the two is missing. */
export async function startedByShim(file: string, searchPath: string): Promise<[string, string] | null> {
  const facts = await fs.stat(file);
  if (facts.size > longest) return null;
  const relative = scriptOfShim(await fs.readFile(file, 'utf8'));
  if (relative === null) return null;
  const folder = path.dirname(file);
  const script = path.resolve(folder, relative.replaceAll('\\', path.sep));
  if ((await programState(script)) === 'missing') return null;
  const beside = path.join(folder, 'node.exe');
  const node = (await programState(beside)) === 'executable' ? beside : await findOnPath('node', searchPath);
  // Another batch file would have the limits that this is to avoid.
  return node === null || /\.(cmd|bat)$/i.test(node) ? null : [node, script];
}
