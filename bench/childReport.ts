/** Programs of the benchmark that measure themselves in a process of their own, and print a report as a line of JSON. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';

export function startChild(program: string, ...args: string[]): ChildProcess {
  return spawn(process.execPath, [path.resolve('out/bench', program), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

export async function reportOf<T>(child: ChildProcess): Promise<T> {
  if (!child.stdout) throw new Error('the child has no output');
  for await (const line of createInterface({ input: child.stdout })) return JSON.parse(line) as T;
  throw new Error('the child said nothing');
}

/** Runs a program to its end. */
export async function runChild<T>(program: string, ...args: string[]): Promise<T> {
  const child = startChild(program, ...args);
  const gone = once(child, 'exit');
  const report = await reportOf<T>(child);
  await gone;
  return report;
}
