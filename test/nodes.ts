/**
 * Runs the tests that need no editor with each Node that SparkQ supports: `node out/test/nodes.js [version ...]`.
 * The exit code is 1 if one of them fails.
 */

import { runHere } from './provision/commands';
import { provisionNode, supportedNodes } from './provision/node';
import { inRepository } from './vscode/root';

const tiers = ['unit', 'process', 'crash', 'conformance'];

async function main(given: readonly string[]): Promise<number> {
  const failed: string[] = [];
  for (const version of given.length > 0 ? given : supportedNodes) {
    console.log(`\n=== Node ${version}`);
    const node = await provisionNode(version);
    if ((await runHere(node, [inRepository('out', 'test', 'run.js'), ...tiers])) !== 0) failed.push(version);
  }
  console.log(failed.length > 0 ? `\nFailed with Node ${failed.join(', ')}` : '\nPassed with every Node');
  return failed.length > 0 ? 1 : 0;
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
