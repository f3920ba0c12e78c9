/**
 * Runs the tests of every tier and counts them: `node out/test/run.js [tier ...] [--file PART] [--grep TITLE] [--long]
 * [--record] [--pictures]`. Without a tier, all that this machine can run; with --record, how long each file took orders
 * the next runs; with --pictures, the browser tests leave pictures. The last line says how many passed and failed; the exit code is 1 when any failed, or when a tier ran nothing.
 */

import { existsSync, readdirSync } from 'node:fs';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { longestFirst, recordFiles } from './counting/fileSeconds';
import { sumOf, type TestCounts } from './counting/testCounts';
import { runHostSuite, suitesOfHost } from './host/hostTests';
import { type CommandOptions, runHere } from './provision/commands';
import { runInWindows, windowsPath, windowsProblem } from './provision/wine';
import { PostgresServer } from './support/postgres/server';
import { findDesktop } from './vscode/desktop';
import { serverBuildSupported } from './vscode/provision';
import { inRepository } from './vscode/root';

interface Choice {
  /** Part of a test file's path. */
  file?: string;
  /** Part of a test's full title. */
  grep?: string;
  /** The long form of a tier that has one. */
  long?: boolean;
  /** Browser tests leave pictures of what they see. */
  pictures?: boolean;
}

interface Tier {
  name: string;
  /** Of another tier, which a run of all tiers has in its place. */
  part?: boolean;
  /** It leaves a processor idle, or its neighbours do: they run at the same time. */
  beside?: true;
  /** Why this machine cannot run it, if it cannot. */
  problem?: () => string | undefined;
  run: (choice: Choice) => Promise<TestCounts>;
}

/** Tests that start programs of ours: together they keep the processors busy to the end. The last two have long forms. */
const programFolders = ['process', 'crash', 'conformance'].filter(hasTests);

/** In the order in which they run: what is quick to fail comes first. */
const tiers: readonly Tier[] = [
  { name: 'types', run: () => check('tsc', ['--noEmit', '-p', 'tsconfig.json']) },
  // What runs in a browser knows other globals.
  {
    name: 'page types',
    run: () => check('tsc', ['--noEmit', '-p', 'src/pages/browser/tsconfig.json']),
  },
  { name: 'lint', run: () => check('biome', ['ci', '--error-on-warnings', ...colors(), '.']) },
  { name: 'unit', run: (choice) => mocha(['unit'], choice) },
  { name: 'programs', beside: true, run: (choice) => mocha(programFolders, choice) },
  ...programFolders.map((name) => ({
    name,
    part: true,
    run: (choice: Choice) => mocha([name], choice),
  })),
  ...(hasTests('postgres') ? [postgresTier(), newestPostgresTier()] : []),
  ...(hasTests('windows') ? [windowsTier()] : []),
  { name: 'host', beside: true, run: host },
  // The browser tests need the server build; elsewhere the host tests run in a desktop VS Code.
  ...(serverBuildSupported() ? [{ name: 'e2e', run: (choice: Choice) => mocha(['e2e'], choice) }] : []),
];

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      file: { type: 'string' },
      grep: { type: 'string' },
      long: { type: 'boolean' },
      pictures: { type: 'boolean' },
      record: { type: 'boolean' },
    },
  });
  const unknown = positionals.filter((name) => !tiers.some((tier) => tier.name === name));
  if (unknown.length > 0) {
    console.error(`No tier ${unknown.join(', ')}. There are: ${tiers.map((tier) => tier.name).join(', ')}`);
    return 2;
  }
  const chosen = tiers.filter(({ name, part }) =>
    positionals.length > 0 ? positionals.includes(name) : part !== true,
  );
  const results = new Map<string, TestCounts & { seconds: number }>();
  const left: string[] = [];
  const runOne = async (tier: Tier): Promise<void> => {
    console.log(`\n=== ${tier.name}`);
    const problem = tier.problem?.();
    if (problem && positionals.length === 0) {
      left.push(`${tier.name.padEnd(12)} not run: ${problem}`);
      console.log(left.at(-1));
      return;
    }
    const start = performance.now();
    const counts = problem ? broken(new Error(problem)) : await tier.run(values).catch(broken);
    results.set(tier.name, { ...counts, seconds: Math.round((performance.now() - start) / 1000) });
  };
  const inTurn = async (some: readonly Tier[]): Promise<void> => {
    for (const tier of some) await runOne(tier);
  };
  for (const [first, ...others] of sideBySide(chosen))
    await Promise.all([inTurn(first ? [first] : []), inTurn(others)]);
  if (values.record) recordFiles(sumOf([...results.values()]).files);
  return report(results, left);
}

/** The tiers in their order, with those together of which the others run, one after the other, beside the first. */
function sideBySide(chosen: readonly Tier[]): Tier[][] {
  const groups: Tier[][] = [];
  for (const tier of chosen) {
    const last = groups.at(-1);
    if (tier.beside && last?.at(-1)?.beside) last.push(tier);
    else groups.push([tier]);
  }
  return groups;
}

/** biome colours what it prints for a machine, too. */
function colors(): string[] {
  return process.stdout.isTTY ? [] : ['--colors=off'];
}

/** One program that finds fault or does not: it counts as one test. */
async function check(program: keyof typeof binaries, args: string[]): Promise<TestCounts> {
  const code = await runHere(process.execPath, [binaryOf(program), ...args], { cwd: inRepository() });
  if (code === 0) return { ...sumOf([]), passed: 1 };
  return broken(new Error(`${program} found faults`));
}

const binaries = {
  tsc: 'typescript/bin/tsc',
  biome: '@biomejs/biome/bin/biome',
  mocha: 'mocha/bin/mocha.js',
};

/** The script of a package's command, so that it starts the same way on every system. */
function binaryOf(program: keyof typeof binaries): string {
  return inRepository('node_modules', binaries[program]);
}

/** Where mocha runs, and how that names a file of this machine. */
interface Place {
  run: (args: readonly string[], options: CommandOptions) => Promise<number>;
  nameOf: (file: string) => string;
}

const here: Place = {
  run: (args, { env, ...options }) =>
    runHere(process.execPath, args, { ...options, env: { ...process.env, ...env } }),
  nameOf: (file) => file,
};

/** The compiled tests below these folders, in a process of their own with a user folder of its own. */
async function mocha(
  folders: readonly string[],
  { file, grep, long, pictures }: Omit<Choice, 'file'> & { file?: string | readonly string[] },
  { run, nameOf }: Place = here,
): Promise<TestCounts> {
  const place = await fs.mkdtemp(path.join(os.tmpdir(), 'sparkq-run-'));
  const counts = path.join(place, 'counts.json');
  try {
    const code = await run(
      [
        nameOf(binaryOf('mocha')),
        ...['--reporter', nameOf(inRepository('out', 'test', 'counting', 'countingReporter.js'))],
        // A test that failed may have left a process behind that would keep this one waiting for ever.
        '--exit',
        ...(process.stdout.isTTY ? [] : ['--no-color']),
        ...['--parallel', '--jobs', String(os.availableParallelism() + (folders.some(waits) ? 1 : 0))],
        ...(grep ? ['--grep', grep] : []),
        ...testFiles(folders, ...[file ?? []].flat()).map(nameOf),
      ],
      {
        cwd: inRepository(),
        env: {
          SPARKQ_HOME: nameOf(path.join(place, 'home')),
          SPARKQ_TEST_COUNTS: nameOf(counts),
          ...(long ? { SPARKQ_TEST_LONG: '1' } : {}),
          ...(pictures ? { SPARKQ_TEST_PICTURES: '1' } : {}),
        },
      },
    );
    if (!existsSync(counts))
      throw new Error(`The tests of ${folders.join(', ')} ended with ${code} before they were counted`);
    return JSON.parse(await fs.readFile(counts, 'utf8')) as TestCounts;
  } finally {
    await fs.rm(place, { recursive: true, force: true });
  }
}

/** Whether the tests of a folder start programs of ours: waiting for them leaves a quarter of the processors idle. */
function waits(folder: string): boolean {
  return folder === 'windows' || programFolders.includes(folder);
}

/** Any file has one of no parts. */
function hasPart(file: string, parts: readonly string[]): boolean {
  return parts.length === 0 || parts.some((part) => file.includes(part));
}

/** @param parts of the paths of those that are wanted */
function testFiles(folders: readonly string[], ...parts: readonly string[]): string[] {
  const files = folders.flatMap((folder) => {
    const built = inRepository('out', 'test', folder);
    const names = existsSync(built) ? readdirSync(built, { recursive: true, encoding: 'utf8' }) : [];
    return names.map((name) => path.join(folder, name));
  });
  const tests = files.filter((file) => file.endsWith('.test.js') && hasPart(file, parts));
  if (tests.length === 0)
    throw new Error(`There is no test file in ${folders.join(', ')} for ${parts.join(', ') || 'any'}`);
  return longestFirst(tests.map((file) => inRepository('out', 'test', file)));
}

/** What no other system does as Windows does. The long form adds the unit tests of what runs in every process. */
function windowsTier(): Tier {
  const rooms = ['core', 'system', 'store', 'server', 'client', 'cli'].map((room) => `unit/${room}`);
  const native = process.platform === 'win32';
  return {
    name: 'windows',
    beside: true,
    ...(native ? {} : { problem: windowsProblem }),
    run: (choice) =>
      mocha(
        choice.long ? ['windows', ...rooms] : ['windows'],
        choice,
        native ? here : { run: runInWindows, nameOf: windowsPath },
      ),
  };
}

/** All files share one server, with a schema for each queue. */
function postgresTier(): Tier {
  return {
    name: 'postgres',
    beside: true,
    problem: () => PostgresServer.problem(),
    run: (choice) => withPostgres(PostgresServer.start(), choice),
  };
}

async function withPostgres(
  starting: Promise<PostgresServer>,
  choice: Parameters<typeof mocha>[1],
): Promise<TestCounts> {
  const server = await starting;
  try {
    return await mocha(['postgres'], choice, {
      ...here,
      run: (args, options) =>
        here.run(args, { ...options, env: { ...options.env, SPARKQ_TEST_POSTGRES: server.url } }),
    });
  } finally {
    await server.stop();
  }
}

/** What depends on the version, on the newest one: its statements, its rights, and what it says and refuses. */
function newestPostgresTier(): Tier {
  const file = ['conformance', 'hosts', 'people'].map((name) => `${name}.test`);
  return {
    ...postgresTier(),
    name: 'newest postgres',
    problem: () => PostgresServer.newestProblem(),
    run: (choice) => withPostgres(PostgresServer.startNewest(), { ...choice, file: choice.file ?? file }),
  };
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

function report(
  results: ReadonlyMap<string, TestCounts & { seconds: number }>,
  left: readonly string[],
): number {
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
  for (const line of left) console.log(line);
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
