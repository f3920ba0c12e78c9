import { setTimeout as pause } from 'node:timers/promises';

/** Long enough for a machine with ten times as much to do as it can. Milliseconds. */
export const longestWait = 180_000;

/** Checks until there is a result other than undefined and false: for what is outside the page and cannot be awaited. */
export async function until<T>(
  what: string,
  check: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  for (let waited = 0; waited < longestWait; waited += 50) {
    const found = await check();
    if (found !== undefined && found !== false) return found;
    await pause(50);
  }
  throw new Error(`Waited three minutes until ${what}`);
}
