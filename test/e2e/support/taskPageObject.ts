/** The page of a task as a person sees and uses it. */

import type { FrameLocator, Locator } from 'playwright-core';
import type { Workbench } from './workbench';

export class TaskPageObject {
  constructor(private readonly workbench: Workbench) {}

  get content(): FrameLocator {
    return this.workbench.webview;
  }

  /** Clicks the pin at the end of the tabs, after which the next task has a tab of its own. */
  async keepOpen(): Promise<void> {
    const pin = this.workbench.page
      .locator('.editor-actions')
      .getByRole('button', { name: 'Keep Task Open' });
    await pin.click();
    await pin.waitFor({ state: 'detached' });
  }

  /** The state of the task, as the page words it. */
  state(word: string): Locator {
    return this.content.locator('.pill').getByText(word, { exact: true });
  }

  /** What turns round while the task runs. */
  get turning(): Locator {
    return this.content.locator('.pill .spin');
  }

  /** Output in one of the sixteen colours of terminals. */
  printed(colour: string, text: string): Locator {
    return this.content.locator(`.ansi-${colour}-fg`, { hasText: text });
  }

  /** All that is shown of a stream that says this. */
  output(text: string): Locator {
    return this.content.locator('.output-lines', { hasText: text });
  }

  /** How far the first stream is scrolled, in pixels from its beginning and from its end. */
  async scrolled(): Promise<{ before: number; after: number }> {
    const frame = await this.workbench.webviewFrame();
    return frame.evaluate(`(() => {
      const { scrollHeight, scrollTop, clientHeight } = document.querySelector('.scroll');
      return { before: scrollTop, after: scrollHeight - scrollTop - clientHeight };
    })()`);
  }

  /** Whether anything is wider than the page. */
  async overflows(): Promise<boolean> {
    const frame = await this.workbench.webviewFrame();
    return frame.evaluate('document.documentElement.scrollWidth > innerWidth');
  }

  /** Characters that the page holds. */
  async length(): Promise<number> {
    const frame = await this.workbench.webviewFrame();
    return frame.evaluate('document.body.textContent.length');
  }
}
