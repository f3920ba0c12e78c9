/**
 * Runs the tests of every tier and counts them: `node out/test/run.js [tier ...] [--file PART] [--grep TITLE]`.
 * Without a tier, all of them. The last line says how many passed and failed; the exit code is 1 when any failed, or
 * when a tier ran nothing.
 */

import { existsSync, readdirSync } from 'node:fs';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { runHostSuite, suitesOfHost } from './host/hostTests';
import { runHere } from './provision/commands';
import { sumOf, type TestCounts } from './support/testCounts';
import { findDesktop } from './vscode/desktop';
import { serverBuildSupported } from './vscode/provision';
import { inRepository } from './vscode/root';

interface Choice {
  /** Part of a test file's path. */
  file?: string;
  /** Part of a test's full title. */
  grep?: string;
}

interface Tier {
  name: string;
  run: (choice: Choice) => Promise<TestCounts>;
}

/** In the order in which they run: what is quick to fail comes first. */
const tiers: readonly Tier[] = [
  { name: 'types', run: () => check('tsc', ['--noEmit', '-p', 'tsconfig.json']) },
  // What runs in a browser knows other globals.
  {
    name: 'page types',
    run: () => check('tsc', ['--noEmit', '-p', 'src/pages/browser/tsconfig.json']),
  },
  { name: 'lint', run: () => check('biome', ['ci', '--error-on-warnings', ...colors(), '.']) },
  { name: 'unit', run: (choice) => mocha('unit', choice) },
  { name: 'process', run: (choice) => mocha('process', choice) },
  // Short forms of suites that can run for hours.
  ...['crash', 'conformance'].filter(hasTests).map((name) => ({
    name,
    run: (choice: Choice) => mocha(name, choice),
  })),
  { name: 'host', run: host },
  // The browser tests need the server build; elsewhere the host tests run in a desktop VS Code.
  ...(serverBuildSupported() ? [{ name: 'e2e', run: (choice: Choice) => mocha('e2e', choice) }] : []),
];

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { file: { type: 'string' }, grep: { type: 'string' } },
  });
  const unknown = positionals.filter((name) => !tiers.some((tier) => tier.name === name));
  if (unknown.length > 0) {
    console.error(`No tier ${unknown.join(', ')}. There are: ${tiers.map((tier) => tier.name).join(', ')}`);
    return 2;
  }
  const chosen = positionals.length > 0 ? tiers.filter((tier) => positionals.includes(tier.name)) : tiers;
  const results = new Map<string, TestCounts & { seconds: number }>();
  for (const tier of chosen) {
    console.log(`\n=== ${tier.name}`);
    const start = performance.now();
    const counts = await tier.run(values).catch(broken);
    results.set(tier.name, { ...counts, seconds: Math.round((performance.now() - start) / 1000) });
  }
  return report(results);
}

/** biome colours what it prints for a machine, too. */
function colors(): string[] {
  return process.stdout.isTTY ? [] : ['--colors=off'];
}

/** One program that finds fault or does not: it counts as one test. */
async function check(program: string, args: string[]): Promise<TestCounts> {
  const code = await runHere(process.execPath, [binaryOf(program), ...args], { cwd: inRepository() });
  if (code === 0) return { ...sumOf([]), passed: 1 };
  return broken(new Error(`${program} found faults`));
}

/** The script of a package's command, so that it starts the same way on every system. */
function binaryOf(program: string): string {
  const link = inRepository('node_modules', '.bin', program);
  if (process.platform !== 'win32') return link;
  const scripts: Readonly<Record<string, string>> = {
    tsc: 'typescript/bin/tsc',
    biome: '@biomejs/biome/bin/biome',
    mocha: 'mocha/bin/mocha.js',
  };
  return inRepository('node_modules', scripts[program] ?? program);
}

/** The compiled tests below one folder, in a process of their own with a user folder of its own. */
async function mocha(folder: string, { file, grep }: Choice): Promise<TestCounts> {
  const place = await fs.mkdtemp(path.join(os.tmpdir(), 'sparkq-run-'));
  const counts = path.join(place, 'counts.json');
  try {
    const code = await runHere(
      process.execPath,
      [
        binaryOf('mocha'),
        ...['--reporter', inRepository('out', 'test', 'support', 'countingReporter.js')],
        // A test that failed may have left a process behind that would keep this one waiting for ever.
        '--exit',
        ...(process.stdout.isTTY ? [] : ['--no-color']),
        ...(folder === 'e2e' ? ['--timeout', '240000'] : []),
        ...['--parallel', '--jobs', String(os.availableParallelism())],
        ...(grep ? ['--grep', grep] : []),
        ...testFiles(folder, file),
      ],
      {
        cwd: inRepository(),
        env: { ...process.env, SPARKQ_HOME: path.join(place, 'home'), SPARKQ_TEST_COUNTS: counts },
      },
    );
    if (!existsSync(counts))
      throw new Error(`The ${folder} tests ended with ${code} before they were counted`);
    return JSON.parse(await fs.readFile(counts, 'utf8')) as TestCounts;
  } finally {
    await fs.rm(place, { recursive: true, force: true });
  }
}

function testFiles(folder: string, part = ''): string[] {
  const built = inRepository('out', 'test', folder);
  const names = existsSync(built) ? readdirSync(built, { recursive: true, encoding: 'utf8' }) : [];
  const files = names.filter((name) => name.endsWith('.test.js') && name.includes(part)).sort();
  if (files.length === 0) throw new Error(`There is no test file in ${folder}${part ? ` for ${part}` : ''}`);
  return files.map((name) => path.join(built, name));
}

function hasTests(folder: string): boolean {
  return existsSync(inRepository('out', 'test', folder));
}

/** Each suite in a VS Code of its own, side by side. */
async function host(choice: Choice): Promise<TestCounts> {
  const suites = suitesOfHost(choice.file);
  const desktop = await findDesktop();
  return sumOf(await Promise.all(suites.map((suite) => runHostSuite(suite, desktop, choice).catch(broken))));
}

/** A tier that could not be run to its end counts as one failure. */
function broken(error: unknown): TestCounts {
  const reason = error instanceof Error ? error.message : String(error);
  console.error(reason);
  return { ...sumOf([]), failed: 1, failures: [reason.split('\n', 1)[0] ?? reason] };
}

function report(results: ReadonlyMap<string, TestCounts & { seconds: number }>): number {
  console.log('');
  for (const [name, counts] of results) {
    if (counts.passed + counts.failed === 0) {
      counts.failed = 1;
      counts.failures.push('ran no test');
    }
    console.log(
      `${name.padEnd(12)} ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped (${counts.seconds} s)`,
    );
    for (const failure of counts.failures) console.log(`  ✘ ${failure}`);
  }
  const { passed, failed, skipped, slowest } = sumOf([...results.values()]);
  console.log('\nSlowest tests:');
  for (const { title, milliseconds } of slowest) {
    console.log(`${(milliseconds / 1000).toFixed(1).padStart(7)} s  ${title}`);
  }
  console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  return failed > 0 ? 1 : 0;
}

main().then(
  (code) => process.exit(code),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
