import { execFileSync } from 'node:child_process';

/** Runs git in a folder, as somebody who may commit, and answers what it prints, without the blanks around it. */
export function gitIn(folder: string, ...args: string[]): string {
  const identity = [
    '-c',
    'user.name=Test',
    '-c',
    'user.email=test@example.com',
    '-c',
    'commit.gpgsign=false',
  ];
  return execFileSync('git', [...identity, ...args], { cwd: folder, encoding: 'utf8', stdio: 'pipe' }).trim();
}
