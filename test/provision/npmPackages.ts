/** Files of npm packages, without their install scripts. */

import fs from 'node:fs/promises';
import path from 'node:path';
import { run } from './commands';

/** Puts part of a package from the registry into `folder`/`target`, without the leading `package/`. */
export async function unpack(folder: string, spec: string, part: string, target: string): Promise<void> {
  const packed: unknown = JSON.parse(await npm(folder, 'pack', '--json', spec));
  const archive = path.join(folder, packedName(packed, spec));
  await fs.mkdir(path.join(folder, target));
  await run('tar', ['-xzf', archive, '-C', path.join(folder, target), '--strip-components=1', part]);
  await fs.rm(archive);
}

/** `npm pack --json` answers a list, or from npm 11 on an object by package name. */
function packedName(answer: unknown, spec: string): string {
  const entries: unknown[] = typeof answer === 'object' && answer !== null ? Object.values(answer) : [];
  const first = entries[0];
  if (
    typeof first === 'object' &&
    first !== null &&
    'filename' in first &&
    typeof first.filename === 'string'
  ) {
    return first.filename;
  }
  throw new Error(`npm pack ${spec} did not name its file`);
}

/** npm as from a fresh shell: what an outer `npm test` puts into the environment would steer the inner one. */
export function npm(cwd: string, ...args: string[]): Promise<string> {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) =>
        !/^npm_(lifecycle|package|command|config_(local_prefix|prefix|omit|include|json))/i.test(name),
    ),
  );
  return run('npm', [...args, '--loglevel=error'], { cwd, env });
}
