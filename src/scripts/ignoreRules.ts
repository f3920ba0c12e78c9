/** What the search of a workspace skips: what `.gitignore` files name, and what the editor's settings exclude. */

import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import ignore, { type Ignore } from 'ignore';
import { whenFree } from '../system/heldFiles';

/** Always skipped. */
const always = new Set(['node_modules', '.git']);

/** The rules of one `.gitignore` file, and how to make a path of the workspace relative to it. */
interface Level {
  rules: Ignore;
  toOwn(relative: string): string;
}

export class IgnoreRules {
  private constructor(
    private readonly excludes: Ignore,
    /** Deepest first: it takes precedence. */
    private readonly levels: readonly Level[],
  ) {}

  /** Rules that skip only `node_modules` and `.git`. */
  static none(): IgnoreRules {
    return new IgnoreRules(newRules(), []);
  }

  /**
   * The rules that apply in the workspace folder before its own `.gitignore`: those of the folders above it,
   * up to the root of its repository.
   * @param excludes glob patterns as in the editor's settings, relative to the workspace
   */
  static async forWorkspace(workspace: string, excludes: readonly string[]): Promise<IgnoreRules> {
    const levels: Level[] = [];
    let above = '';
    let folder = workspace;
    while (!(await exists(path.join(folder, '.git')))) {
      const parent = path.dirname(folder);
      if (parent === folder) return new IgnoreRules(newRules().add(gitPatterns(excludes)), []);
      above = `${path.basename(folder)}/${above}`;
      folder = parent;
      const prefix = above;
      const rules = await readRules(folder);
      if (rules) levels.push({ rules, toOwn: (relative) => prefix + relative });
    }
    return new IgnoreRules(newRules().add(gitPatterns(excludes)), levels);
  }

  /** The rules inside a folder, including its own `.gitignore`. */
  async within(workspace: string, folder: string): Promise<IgnoreRules> {
    const rules = await readRules(path.join(workspace, folder));
    if (!rules) return this;
    const start = folder === '' ? 0 : folder.length + 1;
    return new IgnoreRules(this.excludes, [
      { rules, toOwn: (relative) => relative.slice(start) },
      ...this.levels,
    ]);
  }

  /** Whether an entry of a folder that is not skipped is skipped. */
  skips(relative: string, isFolder: boolean): boolean {
    if (always.has(path.posix.basename(relative))) return true;
    const name = isFolder ? `${relative}/` : relative;
    if (this.excludes.ignores(composed(name))) return true;
    for (const { rules, toOwn } of this.levels) {
      const verdict = rules.test(composed(toOwn(name)));
      if (verdict.ignored || verdict.unignored) return verdict.ignored;
    }
    return false;
  }
}

/** Whether a path leads through a folder that is always skipped. */
export function isNeverWalked(relative: string): boolean {
  return relative.split('/').some((part) => always.has(part));
}

/** On macOS accents count in whichever form they are written, and git composes them. */
function composed(text: string): string {
  return process.platform === 'darwin' ? text.normalize('NFC') : text;
}

function newRules(): Ignore {
  return ignore({ ignorecase: process.platform !== 'linux' });
}

async function readRules(folder: string): Promise<Ignore | null> {
  try {
    const file = path.join(folder, '.gitignore');
    return newRules().add(composed(await whenFree(file, () => readFile(file, 'utf8'))));
  } catch {
    // Missing or unreadable: git continues without it as well.
    return null;
  }
}

async function exists(file: string): Promise<boolean> {
  return (await stat(file).catch(() => null)) !== null;
}

/** Translates the editor's globs to `.gitignore` lines: they start at the workspace and may have braces. */
function gitPatterns(globs: readonly string[]): string[] {
  return globs
    .flatMap(withoutBraces)
    .map((glob) => composed(glob.startsWith('**/') || glob.startsWith('/') ? glob : `/${glob}`));
}

function withoutBraces(glob: string): string[] {
  const match = /\{([^{}]*)\}/.exec(glob);
  if (!match?.[1]) return [glob];
  const [before, after] = [glob.slice(0, match.index), glob.slice(match.index + match[0].length)];
  return match[1].split(',').flatMap((choice) => withoutBraces(before + choice + after));
}
