/** A desktop VS Code, where this machine can show one and its download can be reached. */

import { downloadAndUnzipVSCode, SilentReporter } from '@vscode/test-electron';
import { inRepository } from './root';

/** Milliseconds without an answer after which the download counts as out of reach. */
const patience = 5_000;

/**
 * The executable of a desktop VS Code, downloaded where it is not there yet; undefined where there is no display or
 * no way to get it. `SPARKQ_TEST_VSCODE` decides instead: `server`, or the path of an executable.
 * `SPARKQ_TEST_VSCODE_VERSION` names a version (`1.101.0`, `stable`, `insiders`); then no other will do.
 */
export async function findDesktop(): Promise<string | undefined> {
  const wish = process.env.SPARKQ_TEST_VSCODE;
  if (wish === 'server') return undefined;
  if (wish) return wish;
  const version = process.env.SPARKQ_TEST_VSCODE_VERSION;
  if (!hasDisplay()) {
    if (version) throw new Error(`VS Code ${version} cannot be shown: there is no display. See xvfb-run.`);
    console.error('[vscode] There is no display for a desktop VS Code here; using the server build.');
    return undefined;
  }
  try {
    return await downloadAndUnzipVSCode({
      version,
      cachePath: inRepository('.vscode-test'),
      timeout: version ? undefined : patience,
      reporter: new SilentReporter(),
    });
  } catch (error) {
    if (version) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    console.error(`[vscode] Desktop VS Code cannot be downloaded here (${reason}); using the server build.`);
    return undefined;
  }
}

function hasDisplay(): boolean {
  if (process.platform !== 'linux') return true;
  return Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}
