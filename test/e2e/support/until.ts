import { setTimeout as pause } from 'node:timers/promises';

/** Checks until there is a result other than undefined and false: for what is outside the page and cannot be awaited. */
export async function until<T>(
  what: string,
  check: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  for (let waited = 0; waited < 60_000; waited += 50) {
    const found = await check();
    if (found !== undefined && found !== false) return found;
    await pause(50);
  }
  throw new Error(`Waited a minute until ${what}`);
}
