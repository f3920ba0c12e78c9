/** The program behind code.sh: understands what @vscode/test-electron passes to VS Code for a test run. */

import path from 'node:path';
import { parseArgs } from 'node:util';
import { runTestsInServer } from './serverTests';

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    // Flags that only a desktop window knows (--no-sandbox, --skip-welcome ...) are passed over.
    strict: false,
    options: {
      extensionDevelopmentPath: { type: 'string', multiple: true },
      extensionTestsPath: { type: 'string' },
      'user-data-dir': { type: 'string' },
    },
  });
  const tests = values.extensionTestsPath;
  const data = values['user-data-dir'];
  if (typeof tests !== 'string' || typeof data !== 'string') {
    console.error('This runs tests only: --extensionTestsPath and --user-data-dir are needed.');
    return 64;
  }
  const extensions = (values.extensionDevelopmentPath ?? []).filter((value) => typeof value === 'string');
  const [target] = positionals;
  return runTestsInServer({
    data: path.resolve(data),
    tests: path.resolve(tests),
    extensions: extensions.map((folder) => path.resolve(folder)),
    ...(target?.endsWith('.code-workspace') ? { workspace: path.resolve(target) } : {}),
    ...(target && !target.endsWith('.code-workspace') ? { folder: path.resolve(target) } : {}),
  });
}

// Ended from outside, it still ends what it started: that happens on exit.
process.once('SIGTERM', () => process.exit(143));
process.once('SIGINT', () => process.exit(130));

main().then(
  (code) => process.exit(code),
  (error) => {
    console.error(error);
    process.exit(70);
  },
);
