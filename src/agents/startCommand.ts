/** How agents start our programs. Pure. */

/** How an agent starts the server, which it does without a shell. */
export interface StartCommand {
  command: string;
  args: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** The name of the command in a shell, which is what agents start hooks with. */
  inShell: string;
}

/** What the command is called in a shell: on Windows Git Bash, PowerShell and cmd.exe all know the file's whole name. */
export const shellNames = { posix: 'sparkq', windows: 'sparkq.cmd' } as const;

/**
 * The command for the agents of a system. It has no absolute path, because projects are shared.
 *
 * On Windows `sparkq` is a `sparkq.cmd`, whether npm or the editor has installed it. Only cmd.exe can start that: without
 * a shell, the system looks for `sparkq.exe`, and Node refuses batch files altogether. `/d` leaves out what the registry
 * has cmd.exe run first, whose output would get among the messages; the variable keeps it from preferring a `sparkq.cmd`
 * in the project's folder to the one on PATH.
 */
export function startCommand(platform: NodeJS.Platform): StartCommand {
  if (platform !== 'win32') return { command: 'sparkq', args: ['mcp'], inShell: shellNames.posix };
  return {
    command: 'cmd',
    args: ['/d', '/c', 'sparkq', 'mcp'],
    env: { NoDefaultCurrentDirectoryInExePath: '1' },
    inShell: shellNames.windows,
  };
}
