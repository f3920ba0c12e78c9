/** A person without a mouse: every step is keys alone, and looks where the focus is before it goes on. */

import type { Locator, Page } from 'playwright-core';
import { happens, QuickInput, View } from './workbench';

/** More rows than any list of these tests has. */
const longestWay = 60;

export class Keyboard {
  private readonly quickInput: QuickInput;

  constructor(private readonly page: Page) {
    this.quickInput = new QuickInput(page);
  }

  async press(key: string): Promise<void> {
    await this.page.keyboard.press(key);
  }

  /** Runs a command by its title in the palette. */
  async command(title: string): Promise<void> {
    // At once: for each key, the palette sorts all commands anew.
    await this.quickInput.openWith(`>${title}`, () => this.page.keyboard.insertText(title));
    await this.take(title);
  }

  /** Chooses a row of the picker that asks something. */
  async choose(placeholder: string | RegExp, label: string): Promise<void> {
    await this.quickInput.asked(placeholder);
    await this.page.keyboard.type(label);
    await this.take(label);
    await this.quickInput.heard(placeholder);
  }

  /** Answers the prompt that asks something. */
  async answer(question: string | RegExp, text: string): Promise<void> {
    await this.quickInput.asked(question);
    await this.page.keyboard.type(text);
    await this.press('Enter');
    await this.quickInput.heard(question);
  }

  /** Puts the focus on the rows of a view of SparkQ. */
  async focusView(name: string): Promise<void> {
    const title = `SparkQ: Focus on ${name} View`;
    await this.command(title);
    const view = new View(this.page, name);
    await view.rows.first().waitFor();
    // A view that had no rows yet has taken the focus itself.
    if ((await view.pane.locator('.monaco-list:focus').count()) === 0) await this.command(title);
    await view.pane.locator('.monaco-list:focus').waitFor();
  }

  /** Goes down the rows of the focused view to the one with this text. */
  async toRow(text: string | RegExp): Promise<void> {
    const rows = this.page.locator('.part.sidebar .monaco-list:focus .monaco-list-row');
    await rows.filter({ hasText: text }).first().waitFor();
    await this.walk(
      'ArrowDown',
      this.page.locator('.part.sidebar .monaco-list:focus .monaco-list-row.focused'),
      text,
      'Home',
    );
  }

  /** Opens the menu of the row that has the focus, and chooses from it. */
  async menu(title: string): Promise<void> {
    await this.press('Shift+F10');
    const items = this.page.locator('.monaco-menu .action-item');
    await items.first().waitFor();
    await this.walk(
      'ArrowDown',
      this.page.locator('.monaco-menu .action-item.focused .action-label'),
      exactly(title),
    );
    await this.press('Enter');
    await items.first().waitFor({ state: 'detached' });
  }

  /** Goes to a row of the picker and takes it. */
  private async take(label: string): Promise<void> {
    await this.quickInput.option(label).waitFor();
    await this.walk(
      'ArrowDown',
      this.quickInput.options.and(this.page.locator('.focused')).locator('.label-name'),
      exactly(label),
    );
    await this.press('Enter');
  }

  /**
   * Presses a key until what has the focus shows this. A key that seems to have no effect is at the end of a list, or the
   * window is slow and it moves the focus later, past the row: then it begins again, with more patience.
   * @param first a key that goes to where the way begins; lists without one begin again by themselves
   */
  private async walk(key: string, focused: Locator, text: string | RegExp, first?: string): Promise<void> {
    const there = focused.filter({ hasText: text }).first();
    for (let patience = leastPatience; patience < mostPatience; patience *= 2) {
      if (first) await this.press(first);
      // A list that has just been filled may still be about to choose.
      if (await happens(there.waitFor({ timeout: patience }))) return;
      let moved = true;
      for (let step = 0; moved && step < longestWay; step++) {
        const [before] = await focused.elementHandles();
        await this.press(key);
        moved =
          before === undefined ||
          (await happens(this.page.waitForFunction(lostTheFocus, before, { timeout: patience })));
        await happens(focused.first().waitFor({ timeout: patience }));
        if ((await there.count()) > 0) return;
      }
    }
    throw new Error(`${key} does not lead to ${text}`);
  }
}

/** Milliseconds after which a key seems to have had no effect. */
const leastPatience = 300;
const mostPatience = 20_000;

interface Element {
  isConnected: boolean;
  closest(selector: string): unknown;
}

const lostTheFocus = (element: Element) => !element.isConnected || element.closest('.focused') === null;

function exactly(text: string): RegExp {
  return new RegExp(`^\\s*${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\s*$`);
}
