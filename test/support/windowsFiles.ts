/** Simulates how Windows refuses to touch files that others hold open. */

import fs from 'node:fs';

/** Whether wine takes the part of Windows. What it does otherwise (docs/testing.md) is left to Windows itself. */
export const underWine = process.platform === 'win32' && process.env.WINEPREFIX !== undefined;

type Refused = 'renameSync' | 'unlinkSync' | 'linkSync' | 'openSync' | 'readFileSync' | 'writeFileSync';
type RefusedLater = 'rename' | 'unlink' | 'rm' | 'open' | 'readFile' | 'writeFile';

/** Takes this process for one on `platform` while `work` runs. */
export async function onPlatform<T>(platform: NodeJS.Platform, work: () => T | Promise<T>): Promise<T> {
  const own = Object.getOwnPropertyDescriptor(process, 'platform');
  Object.defineProperty(process, 'platform', { ...own, value: platform });
  try {
    return await work();
  } finally {
    if (own) Object.defineProperty(process, 'platform', own);
  }
}

/** What is refused: calls of `name` with a path that ends in or contains `path`, the first `times` with `code`. */
export interface Refusal {
  name: Refused | RefusedLater;
  code: string;
  times?: number;
  path?: string;
}

/** Refuses calls of node:fs while `work` runs; resolves with how many were refused. */
export async function refusing(refusal: Refusal, work: () => unknown): Promise<number> {
  const { name, code, times = Number.POSITIVE_INFINITY, path = '' } = refusal;
  const place = (name in fs && name.endsWith('Sync') ? fs : fs.promises) as unknown as Record<
    string,
    (...args: unknown[]) => unknown
  >;
  const real = place[name];
  let refused = 0;
  place[name] = (...args: unknown[]) => {
    const meant = args.some((arg) => typeof arg === 'string' && arg.includes(path));
    if (!meant || refused >= times) return real?.apply(place, args);
    refused++;
    const error = Object.assign(new Error(`${code}: refused, ${name} '${String(args[0])}'`), { code });
    if (place === (fs as unknown)) throw error;
    return Promise.reject(error);
  };
  try {
    await work();
  } finally {
    if (real) place[name] = real;
  }
  return refused;
}
