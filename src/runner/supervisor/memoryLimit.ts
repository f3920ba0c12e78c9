/** Limits the memory of a run, where the system can, and finds out whether the kernel ended it for that. */

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';

/** Milliseconds for which the user's systemd may take to answer. */
const probeTime = 5_000;
const groups = '/sys/fs/cgroup';

interface Call {
  file: string;
  args: readonly string[];
}

/** What starts a program within a limit. */
export interface LimitedCall extends Call {
  /** Counts what the kernel did to the processes of the run; null where no limit holds. */
  events: string | null;
  /** What is said of the run where no limit holds; null where one does. */
  note: string | null;
}

/**
 * The same call in a control group of its own, made by the user's systemd, which starts the program in its own place: it
 * keeps its process id. Whether the limit is in effect is tried before, since not every systemd may set one.
 * @param limit as in the configuration, such as `4G`
 * @param env of the program
 */
export async function limitMemory(
  call: Call,
  limit: string,
  env: Readonly<Record<string, string>>,
): Promise<LimitedCall> {
  const unlimited = (why: string) => ({ ...call, events: null, note: `memory_max did not hold: ${why}.` });
  if (process.platform !== 'linux') return unlimited('only systemd on Linux holds it');
  const scope = (unit: string) => [
    ...['--user', '--scope', '--quiet', '--collect', `--unit=${unit}`],
    ...['-p', `MemoryMax=${limit}`, '-p', 'MemorySwapMax=0', '--'],
  ];
  const unit = `sparkq-${randomBytes(8).toString('hex')}`;
  try {
    const say = `group=$(sed -n 's/^0:://p' /proc/self/cgroup); echo "$group"; cat "${groups}$group/memory.max"`;
    const { stdout } = await promisify(execFile)(
      'systemd-run',
      [...scope(`${unit}-trial`), '/bin/sh', '-c', say],
      { env, timeout: probeTime, windowsHide: true },
    );
    const [group = '', most = ''] = stdout.split('\n');
    if (!/^\d+$/.test(most)) return unlimited("the user's systemd set no limit");
    const events = path.join(groups, path.dirname(group), `${unit}.scope`, 'memory.events');
    return { file: 'systemd-run', args: [...scope(unit), call.file, ...call.args], events, note: null };
  } catch {
    return unlimited("the user's systemd does not answer");
  }
}

/** How many processes the kernel has ended for their memory since the system started; null where it does not say. */
export function countKilled(): number | null {
  return counterIn('/proc/vmstat');
}

/**
 * What is said of a run that the kernel may have ended for its memory; null where nothing points to it.
 * @param events of its own control group
 * @param limit of its memory
 * @param before how many processes had been ended when it began
 * @param bySignal whether it was killed, and not by us
 */
export function memoryNote(
  { events, limit, before }: { events: string | null; limit: string | null; before: number | null },
  bySignal: boolean,
): string | null {
  if (events !== null && (counterIn(events) ?? 0) > 0)
    return `The kernel killed a process of the run: it needed more memory than memory_max (${limit}).`;
  const now = countKilled();
  if (!bySignal || before === null || now === null || now <= before) return null;
  return 'This could have been the out-of-memory killer of the kernel, which killed a process meanwhile.';
}

/** The `oom_kill` of such a file; null where it cannot be read. */
export function counterIn(file: string): number | null {
  try {
    const found = /^oom_kill (\d+)$/m.exec(fs.readFileSync(file, 'utf8'));
    return found ? Number(found[1]) : null;
  } catch {
    return null;
  }
}
