/** A sandbox in which lines are typed into a shell, as the pages for people show them. */

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Ended, Started } from '../../support/commandLine';
import { signalGroup } from '../../support/processGroup';
import { Sandbox } from './sandbox';

export interface Typed {
  cwd?: string;
  env?: Readonly<Record<string, string>>;
  /** The shell has a terminal, which util-linux makes. */
  terminal?: boolean;
}

export class TypingSandbox extends Sandbox {
  private readonly shells: Started[] = [];
  /** A folder on the PATH, with `sparkq` in it. */
  readonly programs = path.join(this.root, 'bin');

  constructor() {
    super();
    mkdirSync(this.programs);
    this.standIn('sparkq', `exec '${process.execPath}' '${path.resolve('dist/cli.js')}' "$@"`);
  }

  /** Puts a program before all others on the PATH, written in shell. */
  standIn(name: string, script: string): void {
    const file = path.join(this.programs, name);
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
  }

  /** The variables of the shell. */
  get variables(): Record<string, string> {
    const kept = Object.entries(process.env).filter(([name]) => !/^(SPARKQ_|NO_COLOR)/.test(name));
    const own = { PATH: `${this.programs}:${process.env.PATH}`, SPARKQ_HOME: this.home };
    return { ...Object.fromEntries(kept), ...own };
  }

  /** Types lines into a shell, which ends at the first one that fails. */
  typed(lines: string, { cwd = this.folder, env, terminal = false }: Typed = {}): Started {
    const [program, args] = terminal ? ['script', ['-qec', lines, '/dev/null']] : ['/bin/sh', ['-ec', lines]];
    const child = spawn(program, args, { cwd, env: { ...this.variables, ...env }, detached: true });
    const shell = new Started(child as ChildProcessWithoutNullStreams);
    this.shells.push(shell);
    return shell;
  }

  /** Types lines that must all succeed, and gives what they print. */
  async succeeds(lines: string, how: Typed = {}): Promise<string> {
    const { code, stdout, stderr } = await this.typed(lines, how).exited;
    if (code !== 0) throw new Error(`${lines} exited ${code}: ${stderr}${stdout}`);
    return stdout;
  }

  /** Types a line on a terminal, and agrees to what it asks. */
  async agrees(line: string, how: Typed = {}): Promise<Ended> {
    const shell = this.typed(line, { ...how, terminal: true });
    await shell.says(/\[y\/N\]|\[Y\/n\]/);
    shell.child.stdin.write('y\n');
    return shell.exited;
  }

  override async remove(): Promise<void> {
    for (const { child } of this.shells) signalGroup(child, 'SIGKILL');
    await super.remove();
  }
}

/** The code blocks in a section of a page that are in one language. */
export function blocksOf(page: string, section: string, language: string): string[] {
  const text = readFileSync(page, 'utf8').split(`## ${section}\n`)[1]?.split('\n## ')[0] ?? '';
  return [...text.matchAll(/```(\w+)\n([^`]*)```/g)].flatMap(([, found, block = '']) =>
    found === language ? [block] : [],
  );
}

/** The lines of a block of shell, each without its comment. */
export function linesOf(block: string): string[] {
  return block.split('\n').flatMap((line) => {
    const words = line.replace(/\s+# .*$/, '').trim();
    return words === '' ? [] : [words];
  });
}
