/**
 * Runs something whose time is limited until its script had begun before time was up: a run that never began says
 * nothing of how scripts are ended, and how long a start takes depends on the machine. Each run has twice the time of
 * the one before.
 * @param limit of the first run, in the unit that `run` takes
 * @param run ends when time is up; returns what the script wrote: its number, nothing where it had not begun
 * @returns the number of the script's process
 */
export async function withTimeToBegin(
  limit: number,
  run: (limit: number) => Promise<string | null>,
): Promise<number> {
  for (let time = limit; ; time *= 2) {
    const pid = /^(\d+)\n$/.exec((await run(time)) ?? '')?.[1];
    if (pid !== undefined) return Number(pid);
  }
}
