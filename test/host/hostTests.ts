/** Runs the tests of test/host in a real VS Code, each suite in a fresh one. */

import { closeSync, existsSync, openSync, readdirSync, readSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { runTests } from '@vscode/test-electron';
import type { TestCounts } from '../counting/testCounts';
import { inRepository } from '../vscode/root';
import { makeTemporaryPlace } from '../vscode/sampleWorkspace';

/** Folders of test/host: what VS Code has open decides which tests make sense. */
const hostSuites = ['folder', 'noFolder'] as const;
export type HostSuite = (typeof hostSuites)[number];

/** The suites that have a test file with this in its path. */
export function suitesOfHost(part = ''): HostSuite[] {
  return hostSuites.filter((suite) => {
    const built = inRepository('out', 'test', 'host', suite);
    const names = existsSync(built) ? readdirSync(built) : [];
    return names.some((name) => name.endsWith('.test.js') && `${suite}/${name}`.includes(part));
  });
}

export interface HostTestChoice {
  /** Part of a test file's path below test/host. */
  file?: string;
  /** Part of a test's full title. */
  grep?: string;
}

/**
 * One suite in one VS Code: a desktop one by its executable, else the server build. Rejects when there was no verdict:
 * the counts are written by the reporter inside the extension host, so a host that died has none, whatever exit code VS
 * Code gave.
 */
export async function runHostSuite(
  suite: HostSuite,
  desktop: string | undefined,
  choice: HostTestChoice = {},
): Promise<TestCounts> {
  const place = await makeTemporaryPlace('host');
  const counts = path.join(place.root, 'counts.json');
  const output = path.join(place.root, 'output.txt');
  await fs.writeFile(output, '');
  const relay = desktop ? undefined : new Relay(output);
  try {
    const failure = await runTests({
      vscodeExecutablePath: desktop ?? inRepository('test', 'vscode', 'code.sh'),
      extensionDevelopmentPath: inRepository(),
      extensionTestsPath: inRepository('out', 'test', 'host', 'index.js'),
      launchArgs: [
        ...(suite === 'noFolder' ? [] : [place.workspace]),
        `--user-data-dir=${place.data}`,
        '--disable-extensions',
      ],
      extensionTestsEnv: {
        SPARKQ_HOME: place.home,
        NO_COLOR: process.stdout.isTTY ? undefined : '1',
        SPARKQ_TEST_COUNTS: counts,
        SPARKQ_TEST_SUITE: suite,
        SPARKQ_TEST_FILE: choice.file,
        SPARKQ_TEST_GREP: choice.grep,
        SPARKQ_TEST_OUTPUT: relay ? output : undefined,
      },
    }).then(
      () => undefined,
      (error: unknown) => error,
    );
    relay?.close();
    if (!existsSync(counts)) {
      await printEndOf(path.join(place.data, 'window.log'));
      throw failure ?? new Error(`The extension host of suite ${suite} ended before its tests`);
    }
    const verdict = JSON.parse(await fs.readFile(counts, 'utf8')) as TestCounts;
    if (failure && verdict.failed === 0) throw failure;
    return verdict;
  } finally {
    relay?.close();
    await place.remove();
  }
}

/** What the window logged last may say why its extension host ended; its folder is about to go. */
async function printEndOf(log: string): Promise<void> {
  if (!existsSync(log)) return;
  const lines = (await fs.readFile(log, 'utf8')).split('\n');
  console.error(lines.slice(-40).join('\n'));
}

/** Prints a growing file on this terminal. */
class Relay {
  private readonly file: number;
  private readonly timer: NodeJS.Timeout;
  private readonly buffer = Buffer.alloc(64 * 1024);
  private open = true;

  constructor(file: string) {
    this.file = openSync(file, 'r');
    this.timer = setInterval(() => this.drain(), 100);
  }

  close(): void {
    if (!this.open) return;
    this.open = false;
    clearInterval(this.timer);
    this.drain();
    closeSync(this.file);
  }

  private drain(): void {
    for (;;) {
      const bytes = readSync(this.file, this.buffer, 0, this.buffer.length, null);
      if (bytes === 0) return;
      process.stdout.write(this.buffer.toString('utf8', 0, bytes));
    }
  }
}
