/**
 * What a VS Code under test loads in its extension host: runs the compiled tests of one folder below test/host.
 * The environment says which folder, and where to leave the counts and (for a host whose output nobody sees) the text.
 */

import { appendFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { format } from 'node:util';
import Mocha from 'mocha';

/** VS Code calls this once its window is up; a rejection makes the run fail. */
export async function run(): Promise<void> {
  const output = process.env.SPARKQ_TEST_OUTPUT;
  const stopCopying = output ? copyOutput(output) : () => {};
  const files = await testFiles();
  const mocha = new Mocha({
    ui: 'bdd',
    timeout: 900_000,
    color: process.env.NO_COLOR === undefined,
    reporter: require(path.join(__dirname, '..', 'counting', 'countingReporter.js')),
    grep: process.env.SPARKQ_TEST_GREP,
  });
  for (const file of files) mocha.addFile(file);
  const failed = await new Promise<number>((resolve) => {
    mocha.run(resolve);
  });
  stopCopying();
  if (failed > 0) throw new Error(`${failed} of the tests in the extension host failed`);
}

async function testFiles(): Promise<string[]> {
  const suite = process.env.SPARKQ_TEST_SUITE ?? 'folder';
  const only = process.env.SPARKQ_TEST_FILE ?? '';
  const names = (await fs.readdir(path.join(__dirname, suite)))
    .map((name) => `${suite}/${name}`)
    .filter((name) => name.endsWith('.test.js') && name.includes(only));
  return names.sort().map((name) => path.join(__dirname, name));
}

/** Copies what the tests print to a file, until told to stop. The extension host sends it to its window only. */
function copyOutput(file: string): () => void {
  let copying = true;
  for (const name of ['log', 'info', 'warn', 'error'] as const) {
    // Assigning to them has no effect in an extension host: they are accessors there.
    Object.defineProperty(console, name, {
      configurable: true,
      value: (...parts: unknown[]) => {
        if (copying) appendFileSync(file, `${format(...parts)}\n`);
      },
    });
  }
  // Mocha has kept the console's own function.
  Mocha.reporters.Base.consoleLog = console.log;
  return () => {
    copying = false;
  };
}
