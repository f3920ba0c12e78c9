/** Keeps the machine from falling asleep, by what its system has for that; no more than asked, and no longer than we live. */

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { windowsProgram } from './programs';
import { readFileIfAny } from './wholeFiles';

/** Says that it holds, then waits for the end of its input, which comes however this process ends. */
const untilReleased = ['/bin/sh', '-c', 'echo held; exec cat > /dev/null'];

/** The same on Windows, where the state belongs to the thread that set it. Away from power, that is looked at again. */
function windowsScript(onPower: boolean): string {
  const online = onPower
    ? "[Windows.Forms.SystemInformation]::PowerStatus.PowerLineStatus -ne 'Offline'"
    : '$true';
  return [
    'Add-Type -AssemblyName System.Windows.Forms',
    '$k = Add-Type -PassThru -Name K -MemberDefinition \'[DllImport("kernel32.dll")] public static extern uint SetThreadExecutionState(uint s);\'',
    '$end = [Console]::OpenStandardInput().ReadAsync((New-Object byte[] 1), 0, 1)',
    "'held'",
    `do { if (${online}) { [void]$k::SetThreadExecutionState(2147483649) } else { [void]$k::SetThreadExecutionState(2147483648) } } until ($end.Wait(30000))`,
  ].join('; ');
}

/** @param onPower only while the machine is not on its battery, where the program sees to that itself */
function commandOf(platform: NodeJS.Platform, why: string, onPower: boolean): readonly string[] | null {
  if (platform === 'darwin') return ['/usr/bin/caffeinate', onPower ? '-s' : '-i', ...untilReleased];
  if (platform === 'win32')
    return [
      windowsProgram(process.env, 'WindowsPowerShell\\v1.0\\powershell.exe'),
      ...['-NoLogo', '-NoProfile', '-NonInteractive', '-Command', windowsScript(onPower)],
    ];
  if (platform !== 'linux') return null;
  const what = ['--what=idle:sleep', '--mode=block', '--who=SparkQ', `--why=${why}`];
  return ['systemd-inhibit', ...what, ...untilReleased];
}

export interface InhibitorOptions {
  /** Why the machine is kept awake, for those whom the system tells. */
  why: string;
  onPower: boolean;
  /** Called once it holds no more although it was not released, or could not be held at all. */
  onLost: () => void;
}

export class Inhibitor {
  private constructor(private readonly child: ChildProcess) {}

  /** Null where this system has nothing for it, or refuses it. */
  static async hold({ why, onPower, onLost }: InhibitorOptions): Promise<Inhibitor | null> {
    const [program, ...args] = commandOf(process.platform, why, onPower) ?? [];
    if (program === undefined) return null;
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'], windowsHide: true });
    child.stdin.on('error', () => {});
    const held = await new Promise<boolean>((resolve) => {
      child.stdout.once('data', () => resolve(true));
      child.once('error', () => resolve(false));
      child.once('exit', () => resolve(false));
    });
    if (!held) return null;
    // It keeps the machine from falling asleep, not this process from ending.
    child.unref();
    const inhibitor = new Inhibitor(child);
    child.once('exit', onLost);
    return inhibitor;
  }

  release(): void {
    this.child.removeAllListeners('exit');
    this.child.stdin?.end();
  }
}

/** Whether the machine is not on its battery, as far as Linux tells; true where it has none. */
export function isOnPower(supplies = '/sys/class/power_supply'): boolean {
  if (!existsSync(supplies)) return true;
  const states = readdirSync(supplies).map((name) =>
    readFileIfAny(path.join(supplies, name, 'status'))?.trim(),
  );
  return !states.includes('Discharging');
}
