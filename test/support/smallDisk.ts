/** A disk of its own for a test, small enough to be filled. Linux makes one for whoever may have a user namespace. */

import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { shellWord } from '../../src/system/shellWords';
import { Started } from './commandLine';
import { signalGroup } from './processGroup';

export interface Said {
  code: number;
  /** Of both outputs. */
  output: string;
}

/** Only the shell and what it starts see the disk. */
export class SmallDisk {
  private read = 0;

  private constructor(
    private readonly shell: Started,
    readonly folder: string,
  ) {}

  static possible(): boolean {
    if (process.platform !== 'linux') return false;
    return spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'tmpfs', '/tmp']).status === 0;
  }

  /** Mounts a disk at an empty folder. @param size as mount takes it, such as 2m */
  static async at(folder: string, size: string, env: Readonly<Record<string, string>>): Promise<SmallDisk> {
    const child = spawn('unshare', ['-rm', 'sh'], {
      cwd: folder,
      env: { ...process.env, ...env },
      detached: true,
    });
    const disk = new SmallDisk(new Started(child as ChildProcessWithoutNullStreams), folder);
    await disk.does(`mount -t tmpfs -o size=${size},mode=0700 tmpfs ${shellWord(folder)}`);
    return disk;
  }

  /** Runs a line in the shell, to its end. */
  async run(line: string): Promise<Said> {
    this.shell.child.stdin.write(`${line} 2>&1 </dev/null\necho "::$?::"\n`);
    const from = this.read;
    const [all = ''] = await this.shell.says(new RegExp(`^.{${from}}.*?::(\\d+)::\\n`, 's'));
    this.read = all.length;
    const [, output = '', code = ''] = /^(.*)::(\d+)::\n$/s.exec(all.slice(from)) ?? [];
    return { code: Number(code), output };
  }

  /** Runs a line that must succeed. */
  async does(line: string): Promise<string> {
    const { code, output } = await this.run(line);
    if (code !== 0) throw new Error(`${line} exited ${code}: ${output}`);
    return output;
  }

  /** Takes all space that is left. */
  async fill(): Promise<void> {
    await this.run(`cat /dev/zero > ${this.ballast}`);
  }

  async makeRoom(): Promise<void> {
    await this.does(`rm -f ${this.ballast}`);
  }

  async makeReadOnly(): Promise<void> {
    await this.does(`mount -o remount,ro ${shellWord(this.folder)}`);
  }

  async makeWritable(): Promise<void> {
    await this.does(`mount -o remount,rw ${shellWord(this.folder)}`);
  }

  async end(): Promise<void> {
    signalGroup(this.shell.child, 'SIGKILL');
    await this.shell.exited;
  }

  private get ballast(): string {
    return `${shellWord(this.folder)}/ballast`;
  }
}
