/** Determines the tool that runs a script. */

import path from 'node:path';

/** Script extensions with their built-in tools; null if the script has to name one. */
export const scriptExtensions: Readonly<Record<string, string | null>> = {
  '.sh': 'run-bash',
  '.bash': 'run-bash',
  '.py': 'run-python',
  '.rb': null,
  '.pl': null,
  '.js': 'run-node',
  '.ts': null,
  '.mjs': 'run-node',
  '.sql': null,
  '.lua': null,
  '.ps1': 'run-powershell',
  '.bat': 'run-cmd',
  '.cmd': 'run-cmd',
};

/** Interpreters in a `#!` line, without version numbers. */
const interpreters: Readonly<Record<string, string>> = {
  sh: 'run-bash',
  bash: 'run-bash',
  dash: 'run-bash',
  python: 'run-python',
  pypy: 'run-python',
  node: 'run-node',
  nodejs: 'run-node',
  pwsh: 'run-powershell',
  powershell: 'run-powershell',
};

/** The extension of a file in lower case, with the dot; empty for none. A name such as `.profile` has none. */
export function extensionOf(file: string): string {
  return path.posix.extname(file.replaceAll('\\', '/')).toLowerCase();
}

/**
 * The tool of a script: from its header, or else its extension, or else its first line; null if
 * none names one, so that the caller has to choose.
 */
export function toolFor(
  file: string,
  header: { readonly tool: string | null },
  firstLine: string,
): string | null {
  const extension = extensionOf(file);
  const byExtension = Object.hasOwn(scriptExtensions, extension) ? scriptExtensions[extension] : null;
  return header.tool ?? byExtension ?? toolOfShebang(firstLine);
}

/** `#!/usr/bin/env -S NAME=x python3.12 -u` names python. */
function toolOfShebang(firstLine: string): string | null {
  const line = /^\uFEFF?#!\s*(.+)$/.exec(firstLine.trimEnd())?.[1];
  const words = line?.split(/\s+/) ?? [];
  const names = words.map((word) => word.slice(word.lastIndexOf('/') + 1));
  const program = names[0] === 'env' ? names.find((name, at) => at > 0 && !/^-|=/.test(name)) : names[0];
  const interpreter = (program ?? '')
    .toLowerCase()
    .replace(/\.exe$/, '')
    .replace(/[\d.]+$/, '');
  return Object.hasOwn(interpreters, interpreter) ? (interpreters[interpreter] ?? null) : null;
}
