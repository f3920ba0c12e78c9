/** What may happen to a step with a worktree: at one of its calls of git, in git itself, or at one of its own files. */

import fs from 'node:fs';

/**
 * `before` and `after` a call, the process is killed. `half`: half-way through what the call does. `git`: only git is, and
 * the process sees it fail. `full`: there is no space left.
 */
export const hows = ['before', 'after', 'half', 'git', 'full'] as const;
export type How = (typeof hows)[number];

/** A script in the place of git, which does `HOW` at the call with the number `GIT_AT`, counted in the file `CALLS`. */
export function faultyGit(git: string): string {
  return `#!/bin/sh
n=$(($(cat "$CALLS" 2> /dev/null || echo 0) + 1)); echo $n > "$CALLS"
[ "$n" = "$GIT_AT" ] || exec "${git}" "$@"
case $HOW in
before) kill -9 $PPID; exit 1 ;;
after) "${git}" "$@"; kill -9 $PPID; exit 1 ;;
full) echo "fatal: No space left on device" >&2; exit 128 ;;
esac
"${git}" "$@" <&0 &
sleep 0.00$PAUSE
kill -9 $!
[ $HOW = half ] && kill -9 $PPID
wait $!
exit 137
`;
}

const changing = {
  sync: ['mkdirSync', 'writeFileSync', 'renameSync', 'linkSync', 'unlinkSync', 'rmSync'],
  later: ['mkdir', 'mkdtemp', 'writeFile', 'rename', 'rm', 'rmdir', 'copyFile', 'utimes', 'symlink'],
} as const;

type AnyFunction = (...args: unknown[]) => unknown;

/** From now on, does `how` at the change of a file with this number. */
export function faultyFiles(at = '0', how = 'before'): void {
  if (at === '0') return;
  let count = 0;
  const replace = (functions: Record<string, AnyFunction>, name: string) => {
    const real = functions[name] as AnyFunction;
    functions[name] = (...args) => {
      count += 1;
      if (count !== Number(at)) return real.apply(functions, args);
      if (how === 'full' || how === 'git') return fail(name, () => real.apply(functions, args));
      if (how === 'half') doHalf(name, args);
      if (how !== 'after') return die();
      const answer = real.apply(functions, args);
      return answer instanceof Promise ? answer.finally(die) : die();
    };
  };
  for (const name of changing.sync) replace(fs as unknown as Record<string, AnyFunction>, name);
  for (const name of changing.later) replace(fs.promises as unknown as Record<string, AnyFunction>, name);
}

/** Removing needs no space. */
function fail(name: string, work: () => unknown): unknown {
  if (/^(rm|unlink|utimes)/.test(name)) return work();
  const error = Object.assign(new Error('no space left on device'), { code: 'ENOSPC', errno: -28 });
  if (name.endsWith('Sync')) throw error;
  return Promise.reject(error);
}

function doHalf(name: string, [file, other]: unknown[]): void {
  if (name.startsWith('writeFile')) {
    const handle = fs.openSync(String(file), 'w');
    fs.writeSync(handle, String(other).slice(0, String(other).length / 2));
  } else if (name === 'rm') {
    // What git knows a worktree by goes first.
    const [first] = fs.existsSync(String(file)) ? fs.readdirSync(String(file)).sort() : [];
    if (first !== undefined) fs.rmSync(`${file}/${first}`, { recursive: true });
  }
}

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  // Until the signal arrives.
  for (;;);
}
