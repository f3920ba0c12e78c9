/** The script that is installed as `sparkq`: it finds the command line of the newest installed extension. */

import * as fs from 'node:fs';
import * as path from 'node:path';
import { removeFile } from './heldFiles';
import { quoted } from './shellWords';
import { readFileIfAny } from './wholeFiles';

export interface ShimFacts {
  /** The folder of this extension. Other versions are looked for next to it. */
  extension: string;
  /** The editor's executable, which can run as Node. */
  editor: string;
  /** The user's home folder. */
  home: string;
}

/** This line identifies a shim, so that only a shim is replaced without asking. */
export const shimMark = 'Finds the command line of the newest SparkQ extension.';

/**
 * For /bin/sh. It starts no program but Node, because prompts and status bars call it often, and replaces itself with
 * it, so that signals and the exit code need no forwarding.
 */
export function posixShim({ extension, editor }: ShimFacts): string {
  return `#!/bin/sh
# ${shimMark}
extensions=${quoted(path.posix.dirname(extension))}
fallback=${quoted(extension)}
editor=${quoted(editor)}

# Whether version $1 is newer than version $2.
is_newer() {
  kept=$IFS; IFS=.
  set -- $1 $2
  IFS=$kept
  [ "$1" -eq "$4" ] || { [ "$1" -gt "$4" ]; return; }
  [ "$2" -eq "$5" ] || { [ "$2" -gt "$5" ]; return; }
  [ "$3" -gt "$6" ]
}

found= newest=0.0.0
for folder in "$extensions"/sparkq.sparkq-*; do
  [ -f "$folder/dist/cli.js" ] || continue
  version=\${folder##*/sparkq.sparkq-}
  version=\${version%%-*}
  case $version in
    *[!0-9.]* | *.*.*.*) continue ;;
    [0-9]*.[0-9]*.[0-9]*) ;;
    *) continue ;;
  esac
  if [ -z "$found" ] || is_newer "$version" "$newest"; then
    found=$folder newest=$version
  fi
done
cli="\${found:-$fallback}/dist/cli.js"
if [ ! -f "$cli" ]; then
  echo "sparkq: the SparkQ extension is no longer installed" >&2
  exit 127
fi
if command -v node >/dev/null 2>&1; then exec node "$cli" "$@"; fi
if [ -x "$editor" ]; then ELECTRON_RUN_AS_NODE=1 exec "$editor" "$cli" "$@"; fi
echo "sparkq: no Node.js was found; install it, or install the command line again from the editor" >&2
exit 127
`;
}

/**
 * For cmd.exe, which cannot compare versions: it takes the extension that was installed last. Paths in the user's
 * folder are written with %USERPROFILE%, because cmd.exe may read non-ASCII characters in another encoding.
 */
export function windowsShim({ extension, editor, home }: ShimFacts): string {
  const place = (name: string) => {
    const below = name.toLowerCase().startsWith(`${home.toLowerCase()}\\`);
    const escaped = (below ? name.slice(home.length) : name).replaceAll('%', '%%');
    return below ? `%USERPROFILE%${escaped}` : escaped;
  };
  const lines = [
    '@echo off',
    `rem ${shimMark}`,
    'setlocal disabledelayedexpansion',
    `set "extensions=${place(path.win32.dirname(extension))}"`,
    `set "cli=${place(extension)}\\dist\\cli.js"`,
    `set "editor=${place(editor)}"`,
    `for /f "delims=" %%f in ('dir /b /ad /od /tc "%extensions%\\sparkq.sparkq-*" 2^>nul') do (`,
    '  if exist "%extensions%\\%%f\\dist\\cli.js" set "cli=%extensions%\\%%f\\dist\\cli.js"',
    ')',
    'where /q node.exe && goto node',
    'set ELECTRON_RUN_AS_NODE=1',
    '"%editor%" "%cli%" %*',
    'exit /b %errorlevel%',
    ':node',
    'node.exe "%cli%" %*',
    'exit /b %errorlevel%',
  ];
  return `${lines.join('\r\n')}\r\n`;
}

/** The file of the command in a folder, and whether a different program has that name. */
export function shimIn(folder: string, platform: NodeJS.Platform): { file: string; isTaken: boolean } {
  const file = path.join(folder, platform === 'win32' ? 'sparkq.cmd' : 'sparkq');
  const present = readFileIfAny(file);
  return { file, isTaken: present !== null && !present.includes(shimMark) };
}

/** Writes the command, replacing whatever has its name. */
export function writeShim(file: string, facts: ShimFacts, platform: NodeJS.Platform): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  // Removed first: it may be a link, whose target must not change.
  removeFile(file);
  fs.writeFileSync(file, platform === 'win32' ? windowsShim(facts) : posixShim(facts), { mode: 0o755 });
}

/** The folders on PATH that are in the user's home folder. */
export function userFoldersOnPath(pathValue: string, home: string, platform: NodeJS.Platform): string[] {
  const { delimiter, normalize, sep } = platform === 'win32' ? path.win32 : path.posix;
  const folders = pathValue.split(delimiter).filter((folder) => folder.startsWith(`${home}${sep}`));
  return [...new Set(folders.map((folder) => withoutEnd(normalize(folder), sep)))];
}

/** Whether `folder` is on PATH. */
export function isOnPath(folder: string, pathValue: string, platform: NodeJS.Platform): boolean {
  const { delimiter, normalize, sep } = platform === 'win32' ? path.win32 : path.posix;
  const plain = (name: string) => {
    const tidy = withoutEnd(normalize(name), sep);
    return platform === 'win32' ? tidy.toLowerCase() : tidy;
  };
  return pathValue.split(delimiter).some((name) => name !== '' && plain(name) === plain(folder));
}

function withoutEnd(folder: string, separator: string): string {
  return folder.length > 1 && folder.endsWith(separator) ? folder.slice(0, -1) : folder;
}
