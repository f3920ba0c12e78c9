import type { Page } from 'playwright-core';

/** What a command asks when it was not given what it needs. */
export const questions = {
  session: 'Select a session',
  stream: 'Select a stream',
  task: 'Select a task',
  tasks: 'Select tasks',
  script: 'Select a script',
  schedule: 'Select a schedule',
  batch: 'Select a batch',
} as const;

/** The latest action in a window; an earlier one is over. */
const latest = new WeakMap<Page, object>();

/**
 * Does what runs a command on a row. While VS Code paints a row again, it has for a moment no object to pass to the
 * command, which then asks for one of these. A person would close the question and click again, and so does this, while
 * the test waits for what comes of it.
 */
export async function actOnRow(
  page: Page,
  asked: readonly string[],
  action: () => Promise<void>,
): Promise<void> {
  const current = {};
  latest.set(page, current);
  await action();
  const question = page.locator('.quick-input-widget').getByPlaceholder(new RegExp(`^(${asked.join('|')})$`));
  const mend = async () => {
    await question.waitFor();
    if (latest.get(page) !== current) return;
    await page.keyboard.press('Escape');
    await question.waitFor({ state: 'hidden' });
    await actOnRow(page, asked, action);
  };
  // In most cases nothing is asked, or the window is closed before; if it cannot be mended, the test waits in vain.
  void mend().catch(() => {});
}

/** From now on a question is not about the latest row. */
export function rowActionIsOver(page: Page): void {
  latest.delete(page);
}
