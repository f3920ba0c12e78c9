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
  // The older form of some libraries loads its parts in a way that no bundler can follow.
  mainFields: ['module', 'main'],
  // The MCP client loads the other one for signing in over HTTP, which nothing here does.
  external: ['vscode', 'jose'],
  sourcemap: production ? false : 'linked',
  minify: production,
  keepNames: true,
  legalComments: 'none',
  logLevel: 'silent',
  metafile: true,
  define: {
    SPARKQ_VERSION: JSON.stringify(require('./package.json').version),
    // A library looks from there for a module that it can do without.
    'import.meta.url': '__filename',
  },
};

/** Copied from sql.js as they are. */
const databaseFiles = ['sql-wasm.js', 'sql-wasm.wasm'];

/** What each build wrote to dist/; undefined until it has succeeded. */
const written = new Map(['programs', 'extension', 'main', 'pages'].map((name) => [name, undefined]));

/**
 * Removes what no build wrote from dist/, once all of them have succeeded: running programs keep their files until
 * there are new ones.
 */
const removeLeftovers = (name) => ({
  name: 'remove-leftovers',
  setup(build) {
    build.onEnd(({ errors, metafile }) => {
      written.set(name, errors.length === 0 ? Object.keys(metafile.outputs) : undefined);
      const all = [...written.values()];
      if (all.includes(undefined)) return;
      const kept = [...databaseFiles.map((file) => `dist/${file}`), ...all.flat()].map((file) =>
        path.resolve(file),
      );
      for (const entry of fs.readdirSync('dist', { recursive: true })) {
        const place = path.resolve('dist', entry);
        if (kept.some((file) => file === place || file.startsWith(place + path.sep))) continue;
        fs.rmSync(place, { recursive: true, force: true });
      }
    });
  },
});

/** Leaves out zod's own messages in other languages than English: no schema asks for them. */
const englishOnly = {
  name: 'english-only',
  setup(build) {
    build.onResolve({ filter: /^\.\.\/locales\/index\.js$/ }, ({ resolveDir }) => ({
      path: path.resolve(resolveDir, '../locales/en.js'),
    }));
  },
};

/** Leaves sql.js in a file of its own beside the bundles, its WebAssembly next to it: it is loaded with a queue. */
const databaseBeside = {
  name: 'database-beside',
  setup(build) {
    build.onResolve({ filter: /^sql\.js$/ }, () => ({ path: './sql-wasm.js', external: true }));
  },
};

/** Large libraries that several programs load late: the driver of PostgreSQL, and the parser of sparkq.yml. */
const sharedLibraries = ['pg', 'pgpass', 'yaml'];

/** Leaves each of them in a file of its own beside the bundles, once for all programs. */
const librariesBeside = {
  name: 'libraries-beside',
  setup(build) {
    build.onResolve({ filter: new RegExp(`^(${sharedLibraries.join('|')})$`) }, ({ path: name, kind }) =>
      kind === 'entry-point' ? undefined : { path: `./${name}.js`, external: true },
    );
  },
};

/**
 * Puts what a program loads late into files of its own (extension-*.js, main-*.js), as Node loads them: starting reads
 * little. esbuild splits modules of the newer kind only, so each file is put into the older kind afterwards.
 */
const splitLateParts = (program) => ({
  name: 'split-late-parts',
  setup(build) {
    const { entryPoints } = build.initialOptions;
    const entry = JSON.stringify(path.resolve(entryPoints[program]));
    Object.assign(build.initialOptions, { format: 'esm', splitting: true, write: false });
    Object.assign(build.initialOptions, {
      chunkNames: `${program}-[hash]`,
      sourcemap: watch && 'inline',
    });
    // Each late part imports the whole start, so that the start is one file and not one for each set of users.
    build.onResolve({ filter: /^\./ }, ({ kind, path: file, resolveDir }) =>
      kind === 'dynamic-import' ? { path: path.resolve(resolveDir, file), namespace: 'late' } : undefined,
    );
    build.onLoad({ filter: /./, namespace: 'late' }, ({ path: file }) => ({
      contents: `import ${entry}; export * from ${JSON.stringify(file)};`,
      resolveDir: path.dirname(file),
    }));
    build.onEnd(async ({ outputFiles = [], errors }) => {
      if (errors.length > 0) return;
      await Promise.all(outputFiles.map(({ path: file, text }) => writeForRequire(file, text)));
    });
  },
});

async function writeForRequire(file, text) {
  const { code } = await esbuild.transform(text, {
    format: 'cjs',
    platform: 'node',
    target: common.target,
    minify: production,
    // import() of a file beside this one becomes require().
    supported: { 'dynamic-import': false },
    sourcefile: file,
    // The debugger's; reading one makes each start of a program take longer.
    sourcemap: watch && 'inline',
    logLevel: 'silent',
  });
  fs.writeFileSync(file, code);
}

/**
 * What runs in a webview or a browser: a script and a style sheet for each page.
 * @type {esbuild.BuildOptions}
 */
const pages = {
  ...common,
  platform: 'browser',
  // What keeps a name costs time for each function that is made; nothing in a page asks for names.
  keepNames: false,
  mainFields: ['browser', 'module', 'main'],
  format: 'iife',
  target: ['chrome128', 'firefox128', 'safari17'],
  external: [],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  entryPoints: {
    task: 'src/pages/browser/taskPage/main.tsx',
    dashboard: 'src/pages/browser/dashboard/main.tsx',
  },
  outdir: 'dist/pages',
  plugins: [removeLeftovers('pages')],
};

/** Prints errors, and with --watch also the rest of what the problem matcher in .vscode/tasks.json reads. */
const problemMatcher = {
  name: 'problem-matcher',
  setup(build) {
    if (watch) build.onStart(() => console.log('[watch] build started'));
    build.onEnd((result) => {
      for (const { text, location } of result.errors) {
        console.error(`✘ [ERROR] ${text}`);
        if (location) console.error(`    ${location.file}:${location.line}:${location.column}:`);
      }
      if (watch) console.log('[watch] build finished');
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

/** Builds programs; with --only, what does not compile is named but does not stop the tests of another room. */
async function buildPrograms(programs) {
  try {
    await esbuild.build(programs);
  } catch (error) {
    if (!only) throw error;
    console.error(`Not built: ${Object.values(programs.entryPoints).join(', ')}`);
  }
}

async function main() {
  fs.mkdirSync('dist', { recursive: true });
  for (const name of databaseFiles) {
    fs.copyFileSync(require.resolve(`sql.js/dist/${name}`), `dist/${name}`);
  }
  const programs = {
    ...common,
    entryPoints: {
      cli: 'src/cli/cli.ts',
      supervise: 'src/runner/supervisor/supervise.ts',
      snapshotWorker: 'src/store/engine/snapshotWorker.ts',
      archiveWorker: 'src/store/archive/archiveWorker.ts',
      problemWorker: 'src/runner/problems/problemWorker.ts',
      ...Object.fromEntries(sharedLibraries.map((name) => [name, name])),
    },
    outdir: 'dist',
    plugins: [problemMatcher, databaseBeside, librariesBeside, removeLeftovers('programs')],
  };
  const large = Object.entries({ extension: 'src/extension.ts', main: 'src/cli/main.ts' }).map(
    ([name, file]) => ({
      ...common,
      entryPoints: { [name]: file },
      outdir: 'dist',
      plugins: [
        problemMatcher,
        databaseBeside,
        librariesBeside,
        englishOnly,
        splitLateParts(name),
        removeLeftovers(name),
      ],
    }),
  );
  if (watch) {
    for (const options of [programs, ...large, pages]) await (await esbuild.context(options)).watch();
    return;
  }
  for (const options of [programs, ...large, pages]) await buildPrograms(options);
  if (fs.existsSync('dist/cli.js')) fs.chmodSync('dist/cli.js', 0o755);
  if (bench) {
    await esbuild.build({
      ...common,
      entryPoints: ['run', 'main', 'openChild', 'memoryChild', 'serverChild', 'postgres/hostChild'].map(
        (name) => `bench/${name}.ts`,
      ),
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
