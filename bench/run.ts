/** `npm run bench`: installs the peers where they are measured, then measures on the Node that the editor's server build brings. */

import { existsSync } from 'node:fs';
import { runHere } from '../test/provision/commands';
import { provisionServer, serverBuildSupported } from '../test/vscode/provision';
import { inRepository } from '../test/vscode/root';

async function main(): Promise<number> {
  const withoutPeers = process.argv.some((word) => /^--(compare|editor)/.test(word));
  if (!withoutPeers && !existsSync(inRepository('bench', 'node_modules', 'graphile-worker'))) {
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
    const code = await runHere(npm, ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd: inRepository('bench'),
    });
    if (code !== 0) console.error('The peers could not be installed; they are named below as not measured.');
  }
  // Where that build cannot be had, this Node measures: the report names its version.
  const node = serverBuildSupported() ? (await provisionServer()).node : process.execPath;
  return runHere(node, [inRepository('out', 'bench', 'main.js'), ...process.argv.slice(2)], {
    cwd: inRepository(),
  });
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
