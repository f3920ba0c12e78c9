/** Compares paths as the file systems of each platform do. */

import * as path from 'node:path';

/** Whether names are kept as they were written, but found in upper and lower case alike. */
export function ignoresCase(): boolean {
  return process.platform === 'win32' || process.platform === 'darwin';
}

/** Whether two real paths are of the same file. macOS also finds names whose accents are composed otherwise. */
export function samePath(a: string, b: string): boolean {
  return pathKey(a) === pathKey(b);
}

/** The form in which two paths of the same file are equal. */
export function pathKey(file: string): string {
  return ignoresCase() ? file.normalize('NFC').toLowerCase() : file;
}

/** The path of `file` relative to `folder`, empty for the folder itself; null if it is outside. Both are absolute. */
export function pathInside(folder: string, file: string): string | null {
  const relative = path.relative(folder, asWrittenBelow(folder, file));
  // Absolute on another drive of Windows.
  const outside = relative === '..' || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative);
  return outside ? null : relative;
}

/** A file of macOS with the folder written as it is there: Node compares in any case only on Windows. */
function asWrittenBelow(folder: string, file: string): string {
  if (process.platform !== 'darwin') return file;
  const start = path.resolve(folder);
  const names = path.resolve(file).split(path.sep);
  const depth = start.split(path.sep).length;
  const isBelow = samePath(names.slice(0, depth).join(path.sep), start);
  return isBelow ? path.join(start, ...names.slice(depth)) : file;
}

/** Whether Windows has this folder on another machine, or in a Linux beside it: cmd.exe starts in no such folder. */
export function isNetworkFolder(folder: string): boolean {
  return process.platform === 'win32' && /^[\\/]{2}(?![?.][\\/](?!UNC[\\/]))/i.test(folder);
}

/** Whether a program of Windows cannot start in a folder because its path is too long. */
export function isTooLongToStartIn(folder: string): boolean {
  // 260 with the terminating zero, and a backslash is appended.
  return process.platform === 'win32' && folder.length > 258;
}
