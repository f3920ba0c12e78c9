// Builds one bundle per entry: the extension, the command line, the run supervisor and the snapshot worker.
//   node esbuild.js            production bundles in dist/
//   node esbuild.js --bench    production bundles in dist/, and the benchmark in out/bench
//   node esbuild.js --watch    development bundles, rebuilt on change (F5 uses this)
//   node esbuild.js --tests    development bundles in dist/, and the tests in out/
//   node esbuild.js --tests --only unit/store    the same, but of the tests only those below test/unit/store
//                                                (several, with commas between; also single files: --only e2e,run.ts)
const esbuild = require('esbuild');
const fs = require('node:fs');
const path = require('node:path');

const watch = process.argv.includes('--watch');
const tests = process.argv.includes('--tests');
const bench = process.argv.includes('--bench');
const production = !watch && !tests;
const only = process.argv.includes('--only')
  ? process.argv[process.argv.indexOf('--only') + 1].split(',')
  : undefined;

/** @type {esbuild.BuildOptions} */
const common = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  external: ['vscode'],
  sourcemap: production ? false : 'linked',
  minify: production,
  keepNames: true,
  legalComments: 'none',
  logLevel: 'silent',
  define: { SPARKQ_VERSION: JSON.stringify(require('./package.json').version) },
};

/**
 * What runs in a webview or a browser: a script and a style sheet for each page.
 * @type {esbuild.BuildOptions}
 */
const pages = {
  ...common,
  platform: 'browser',
  format: 'iife',
  target: ['chrome128', 'firefox128', 'safari17'],
  external: [],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  entryPoints: existing({
    task: 'src/pages/browser/task/main.tsx',
    dashboard: 'src/pages/browser/dashboard/main.tsx',
  }),
  outdir: 'dist/pages',
};

/** Prints what the problem matcher in .vscode/tasks.json reads. */
const problemMatcher = {
  name: 'problem-matcher',
  setup(build) {
    build.onStart(() => console.log('[watch] build started'));
    build.onEnd((result) => {
      for (const { text, location } of result.errors) {
        console.error(`✘ [ERROR] ${text}`);
        if (location) console.error(`    ${location.file}:${location.line}:${location.column}:`);
      }
      console.log('[watch] build finished');
    });
  },
};

function filesUnder(folder, pattern) {
  if (!fs.existsSync(folder)) return [];
  if (fs.statSync(folder).isFile()) return [folder];
  return fs
    .readdirSync(folder, { recursive: true })
    .map((name) => path.join(folder, String(name)))
    .filter((name) => pattern.test(name));
}

function existing(entries) {
  return Object.fromEntries(Object.entries(entries).filter(([, file]) => fs.existsSync(file)));
}

/** Builds the programs; with --only, one that does not compile is named but does not stop the tests of another room. */
async function buildPrograms(programs) {
  if (!only) {
    await esbuild.build(programs);
    return;
  }
  for (const [name, file] of Object.entries(programs.entryPoints)) {
    await esbuild
      .build({ ...programs, entryPoints: { [name]: file } })
      .catch(() => console.error(`${file} does not compile`));
  }
}

async function main() {
  fs.mkdirSync('dist', { recursive: true });
  fs.copyFileSync(require.resolve('sql.js/dist/sql-wasm.wasm'), 'dist/sql-wasm.wasm');
  const programs = {
    ...common,
    entryPoints: existing({
      extension: 'src/extension.ts',
      cli: 'src/cli/cli.ts',
      main: 'src/cli/main.ts',
      supervise: 'src/runner/supervise.ts',
      snapshotWorker: 'src/store/snapshotWorker.ts',
    }),
    outdir: 'dist',
    plugins: [problemMatcher],
  };
  if (watch) {
    const context = await esbuild.context(programs);
    await context.watch();
    await (await esbuild.context(pages)).watch();
    return;
  }
  await buildPrograms(programs);
  await buildPrograms(pages);
  if (fs.existsSync('dist/cli.js')) fs.chmodSync('dist/cli.js', 0o755);
  if (bench) {
    await esbuild.build({
      ...common,
      entryPoints: ['bench/run.ts', 'bench/main.ts', 'bench/openChild.ts', 'bench/serverChild.ts'],
      outdir: 'out/bench',
      packages: 'external',
    });
  }
  if (tests) {
    const parts = only ?? [''];
    for (const part of parts) fs.rmSync(path.join('out/test', part), { recursive: true, force: true });
    await esbuild.build({
      ...common,
      // A function that a browser test sends into a page must not lean on a helper of this bundle.
      keepNames: false,
      entryPoints: parts.flatMap((part) => filesUnder(path.join('test', part), /\.ts$/)),
      outdir: 'out/test',
      outbase: 'test',
      packages: 'external',
    });
  }
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
