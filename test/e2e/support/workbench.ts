/** The workbench as a person sees and uses it. Every step waits for what it needs; none sleeps. */

import fs from 'node:fs/promises';
import path from 'node:path';
import type { Frame, FrameLocator, Locator, Page } from 'playwright-core';
import { inRepository } from '../../vscode/root';
import { picturesWanted } from './picturesWanted';
import { actOnRow, questions, rowActionIsOver } from './rowActions';
import type { Theme } from './themes';

/** How the files of the Explorer are called. */
const explorer = 'Explorer Section';
/** Webviews behind others are kept, but hidden. */
const frontWebview = 'iframe.webview.ready:visible';

export class Workbench {
  readonly quickInput: QuickInput;

  constructor(readonly page: Page) {
    this.quickInput = new QuickInput(page);
  }

  /** Resolves when the workbench stands and the extension has brought its container. */
  async ready(): Promise<void> {
    await this.page.locator('.monaco-workbench .part.statusbar').waitFor();
    await this.activity('SparkQ').waitFor();
  }

  /**
   * Reloads the window as after a crash of the browser; the extension host starts anew. VS Code may not have put down
   * what was open.
   */
  async reloadAbruptly(): Promise<void> {
    await this.page.reload({ waitUntil: 'commit' });
    await this.ready();
  }

  /** Reloads the window as a person does: VS Code first puts down what is open. */
  async reload(): Promise<void> {
    const loaded = this.page.waitForEvent('load');
    await this.command('Developer: Reload Window');
    await loaded;
    await this.ready();
  }

  /**
   * Closes the window as a person does. A page that is just closed may end before it has told its extension host to, which
   * then waits for it.
   */
  async close(): Promise<void> {
    await this.page.goto('about:blank');
    await this.page.close();
  }

  // Commands

  /** Runs a command by its title in the palette, such as `SparkQ: New Session`. */
  async command(title: string): Promise<void> {
    await this.quickInput.run(title);
  }

  /** Whether the palette offers this command now. */
  async offers(title: string): Promise<boolean> {
    await this.quickInput.openWith(`>${title}`);
    const offer = this.quickInput.option(title);
    await offer.or(this.quickInput.nothingFits).first().waitFor();
    const offered = await offer.isVisible();
    await this.page.keyboard.press('Escape');
    return offered;
  }

  // Side bar

  /** An entry of the activity bar. */
  activity(title: string): Locator {
    return this.page.locator('.part.activitybar .action-item').filter({
      has: this.page.locator(`[aria-label^="${title}"]`),
    });
  }

  /** Shows a container of the activity bar in the side bar. */
  async openContainer(title: string): Promise<void> {
    const entry = this.activity(title);
    const heading = this.page
      .locator('.part.sidebar .composite.title')
      .getByText(title, { exact: false })
      .first();
    // A window that was reloaded may bring the container back just before the click, which then closes it.
    for (let shown = false, patience = 500; !shown; patience *= 2) {
      if (!(await entry.getAttribute('class'))?.includes('checked')) await entry.click();
      shown = await happens(heading.waitFor({ timeout: patience }));
    }
  }

  /** Drags the edge of the side bar, so that its rows have more room. */
  async widenSideBar(pixels: number): Promise<void> {
    const box = await this.page.locator('.part.sidebar').boundingBox();
    if (!box) throw new Error('The side bar is not shown');
    const [x, y] = [box.x + box.width, box.y + 200];
    await this.page.mouse.move(x, y);
    await this.page.mouse.down();
    await this.page.mouse.move(x + pixels, y, { steps: 4 });
    await this.page.mouse.up();
  }

  view(name: string): View {
    return new View(this.page, name);
  }

  /** The files of the Explorer. */
  get explorer(): View {
    return new View(this.page, explorer);
  }

  // Notifications

  /** A notification on the screen by part of its text. */
  notification(text: string | RegExp): Locator {
    return this.page.locator('.notifications-toasts .notification-toast').filter({ hasText: text });
  }

  async clearNotifications(): Promise<void> {
    await this.command('Notifications: Clear All Notifications');
    await this.page.locator('.notification-toast').first().waitFor({ state: 'detached' });
  }

  /** A modal dialog by part of its text. */
  dialog(text: string | RegExp): Locator {
    return this.page.locator('.monaco-dialog-box').filter({ hasText: text });
  }

  // Editors, terminals, status bar

  tab(title: string | RegExp): Locator {
    return this.page.getByRole('tab', { name: title });
  }

  async closeEditors(): Promise<void> {
    await this.command('View: Close All Editors');
    await this.page.locator('.tabs-container .tab').first().waitFor({ state: 'detached' });
  }

  /** A step of the walkthrough in front, by its title. */
  step(title: string): Locator {
    return this.page.locator('.gettingStartedContainer .getting-started-step').filter({ hasText: title });
  }

  /** The picture beside the steps. */
  get stepPicture(): Locator {
    return this.page
      .locator(
        '.gettingStartedContainer .getting-started-media iframe, .gettingStartedContainer .getting-started-media svg',
      )
      .first();
  }

  /** Resolves when the walkthrough says that this step is done. */
  async stepDone(title: string): Promise<void> {
    await this.step(title).locator('.codicon-getting-started-step-checked').first().waitFor();
  }

  /** The lines of the editor in front, as far as they are on the screen. */
  get editorLines(): Locator {
    return this.page.locator('.editor-group-container.active .editor-instance .view-lines');
  }

  /** What a webview in front of the editors shows. */
  get webview(): FrameLocator {
    return this.page.locator(frontWebview).contentFrame().locator('#active-frame').contentFrame();
  }

  /** The same as a frame, to run something in. */
  async webviewFrame(): Promise<Frame> {
    const handle = await this.webview.owner().elementHandle();
    const frame = await handle?.contentFrame();
    if (!frame) throw new Error('No webview is in front of the editors');
    return frame;
  }

  /** Rests the mouse on a word of the editor in front until this is said of it; what knows it may still be starting. */
  async hoverUntil(word: string, text: string | RegExp): Promise<void> {
    await this.hoverOver(this.editorLines.getByText(word).first(), text);
  }

  /** Rests the mouse on something until this is said of it. Where that is painted again, nothing is said for now. */
  async hoverOver(place: Locator, text: string | RegExp): Promise<void> {
    const said = this.page.locator('.monaco-hover').getByText(text).first();
    for (let told = false; !told; ) {
      await this.page.mouse.move(700, 5);
      await place.hover();
      told = await happens(said.waitFor({ timeout: 3_000 }));
    }
  }

  /** What the editor proposes. */
  suggestion(label: string): Locator {
    return this.page.locator('.suggest-widget .monaco-list-row').filter({
      has: this.page.locator('.label-name').getByText(label, { exact: true }),
    });
  }

  /** A tab whose document has no change that is not saved. */
  savedTab(title: string): Locator {
    return this.page.locator('.tabs-container .tab:not(.dirty)').filter({ hasText: title });
  }

  /** The lines of the newer of two files that are compared, as far as they are on the screen. */
  get changedLines(): Locator {
    return this.page.locator('.monaco-diff-editor .editor.modified .view-lines');
  }

  /** Where the cursor stands, as the status bar says it. */
  editorPosition(text: string): Locator {
    return this.page.locator('.part.statusbar').getByText(text, { exact: true });
  }

  /** The lines of the terminal in front, as far as they are on the screen. */
  get terminal(): Locator {
    return this.page.locator('.terminal-wrapper.active .xterm-rows');
  }

  /** The lines of the output channel in the panel. */
  get panelLines(): Locator {
    return this.page.locator('.part.panel .view-lines');
  }

  /** A status-bar item of this extension. */
  statusItem(id: string): Locator {
    return this.page.locator(`[id="sparkq.sparkq.${id}"]`);
  }

  /** Chooses a theme; resolves when the workbench and the page in front wear it. */
  async useTheme({ label, cssClass, inPage }: Theme): Promise<void> {
    await this.command('Preferences: Color Theme');
    await this.quickInput.input.fill(label);
    await this.quickInput.option(label).click();
    await this.page.locator(`.monaco-workbench.${cssClass}`).waitFor();
    // A page in front takes it over a little later.
    if ((await this.page.locator(frontWebview).count()) > 0)
      await this.webview.locator(`body.${inPage}`).waitFor();
  }

  /** Resolves when no view shows that it is still loading. */
  async settled(): Promise<void> {
    await this.page.locator('.monaco-progress-container.active').first().waitFor({ state: 'detached' });
  }

  /** Leaves a picture in the ignored folder `screenshots` where pictures are asked for: each takes longer than a click. */
  async screenshot(name: string): Promise<void> {
    // The pointer is at the same place with and without pictures.
    await this.leave();
    if (picturesWanted) await this.picture(name);
  }

  /** Leaves a picture in the ignored folder `screenshots`; answers its path. */
  async picture(name: string): Promise<string> {
    const file = inRepository('screenshots', `${name}.png`);
    await fs.mkdir(path.dirname(file), { recursive: true });
    await this.leave();
    await this.page.screenshot({ path: file });
    return file;
  }

  /** Takes the pointer away from whatever would show a tooltip. */
  private async leave(): Promise<void> {
    await this.page.mouse.move(700, 5);
  }

  /** What lies above the workbench: a picker, a dialog, notifications. Only text, for a log without pictures. */
  async overlays(): Promise<string[]> {
    const texts = await this.page
      .locator('.quick-input-widget:visible, .monaco-dialog-box:visible, .notification-toast:visible')
      .allInnerTexts();
    return texts.map((text) => text.replace(/\s+/g, ' ').trim());
  }
}

/** The box that the palette, pickers and prompts share. */
export class QuickInput {
  constructor(private readonly page: Page) {}

  private get box(): Locator {
    return this.page.locator('.quick-input-widget');
  }

  get input(): Locator {
    return this.box.locator('input[type="text"]');
  }

  get options(): Locator {
    // Where several can be chosen, each is a checkbox.
    return this.box
      .locator('.quick-input-list')
      .locator('[role="option"], .monaco-list-row[role="checkbox"]');
  }

  /** What a prompt asks, or what is wrong with the answer. */
  get message(): Locator {
    return this.box.locator('.quick-input-message');
  }

  /** The row with this label. */
  option(label: string): Locator {
    const exactly = new RegExp(`^\\s*${label.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\s*$`);
    return this.options.filter({ has: this.page.locator('.label-name', { hasText: exactly }) }).first();
  }

  /** Presses a button at the end of a row. */
  async button(label: string, title: string): Promise<void> {
    const row = this.option(label);
    await clickOnHover(this.page, row, row.getByRole('button', { name: title, exact: true }));
  }

  /** Resolves when these are the first rows. */
  async seeInOrder(labels: readonly string[]): Promise<void> {
    for (const [index, label] of labels.entries()) {
      await this.option(label)
        .and(this.page.locator(`[data-index="${index}"]`))
        .waitFor();
    }
  }

  /** What the palette says when no command has all that was typed in its title. */
  get nothingFits(): Locator {
    return this.box.getByText(/^(No matching commands|similar commands)$/).first();
  }

  /**
   * Opens the palette and has it hold this text. While the focus is on its way back to what had it, the key is not heard,
   * or the box is closed again, also while one types.
   * @param type how the text is entered, for commands without their `>`, which is there already; at once by default
   */
  async openWith(
    text: string,
    type = (): Promise<void> => this.input.fill(text, { timeout: 3_000 }),
  ): Promise<void> {
    rowActionIsOver(this.page);
    for (let there = false; !there; ) {
      await this.open();
      there = (await happens(type())) && (await this.holds(text));
    }
  }

  /** Has the palette hold a text, and takes a row of it, also where it is closed in between. */
  async take(text: string, label: string): Promise<void> {
    for (let taken = false; !taken; ) {
      await this.openWith(text);
      taken = await happens(this.option(label).click({ timeout: 5_000 }));
    }
  }

  private async holds(text: string): Promise<boolean> {
    return (await this.input.isVisible()) && (await this.input.inputValue()) === text;
  }

  private async open(): Promise<void> {
    for (let open = false; !open; ) {
      await this.page.keyboard.press('F1');
      open = await happens(this.input.waitFor({ timeout: 3_000 }));
    }
  }

  /** Runs a command by its title. */
  async run(title: string): Promise<void> {
    // Not by Enter: a command that was used lately may stand before this one.
    await this.take(`>${title}`, title);
  }

  /** Chooses a row of the picker that asks something (its placeholder holds `placeholder`). */
  async choose(placeholder: string | RegExp, label: string): Promise<void> {
    await this.asked(placeholder);
    await this.option(label).click();
  }

  /** Answers the prompt that asks something (its placeholder or message holds `question`). */
  async answer(question: string | RegExp, text: string): Promise<void> {
    await this.asked(question);
    await this.input.fill(text);
    await this.accept();
  }

  /** Presses Enter in the box, wherever the focus is. */
  async accept(): Promise<void> {
    await this.input.press('Enter');
  }

  /** Resolves when the box asks this, by its title, placeholder or message. */
  async asked(question: string | RegExp): Promise<void> {
    await this.asking(question).waitFor();
  }

  /** Resolves when the box asks this no more: only then has it taken the answer. */
  async heard(question: string | RegExp): Promise<void> {
    await this.asking(question).waitFor({ state: 'hidden' });
  }

  private asking(question: string | RegExp): Locator {
    return this.box.getByText(question).or(this.box.getByPlaceholder(question)).first();
  }
}

/** Whether that came to be before its time was over. */
export function happens(wait: Promise<unknown>): Promise<boolean> {
  return wait.then(
    () => true,
    () => false,
  );
}

/**
 * Clicks a button that shows while the pointer is on what it belongs to. That may be moved away from below the pointer:
 * then it is pointed at again, from elsewhere, so that no tooltip of what is there now covers it.
 */
async function clickOnHover(page: Page, place: Locator, button: Locator): Promise<void> {
  for (let clicked = false; !clicked; ) {
    await place.hover();
    clicked =
      (await happens(button.waitFor({ timeout: 3_000 }))) &&
      (await happens(button.click({ timeout: 20_000 })));
    if (!clicked) await page.mouse.move(700, 5);
  }
}

/** A tree view of the side bar. */
export class View {
  constructor(
    private readonly page: Page,
    readonly name: string,
  ) {}

  get pane(): Locator {
    return this.page.locator('.part.sidebar .pane').filter({
      has: this.page.locator(`.pane-header[aria-label^="${this.name}"]`),
    });
  }

  /** What an empty view says. */
  get welcome(): Locator {
    return this.pane.locator('.welcome-view-content');
  }

  /** What has the focus while one of the rows has it. */
  get list(): Locator {
    return this.pane.locator('[role="tree"]');
  }

  get rows(): Locator {
    return this.pane.locator('[role="treeitem"]');
  }

  /** The rows that show this text in their label or description. */
  row(text: string | RegExp): Locator {
    return this.rows.filter({ hasText: text }).first();
  }

  /** Resolves when such a row is there. */
  async see(text: string | RegExp): Promise<Locator> {
    const row = this.row(text);
    await row.waitFor();
    return row;
  }

  /** Resolves when these are the first rows below the one that they belong to. */
  async seeInOrder(labels: readonly RegExp[]): Promise<void> {
    for (const [index, label] of labels.entries()) {
      await this.pane
        .locator(`[role="treeitem"][aria-posinset="${index + 1}"]`)
        .filter({ hasText: label })
        .first()
        .waitFor();
    }
  }

  /**
   * Clicks a row until what it opens is there. While VS Code reads the rows anew, as just after a reload, it answers a
   * click with an error of its own (microsoft/vscode#173233), or selects the row and opens nothing.
   */
  async open(text: string | RegExp, opened: Locator): Promise<void> {
    const tooEarly = this.page
      .locator('.notification-toast')
      .filter({ hasText: 'Actual command not found' })
      .first();
    for (let patience = 5_000; ; patience *= 2) {
      await this.click(text);
      if (!(await happens(opened.or(tooEarly).first().waitFor({ timeout: patience })))) continue;
      if (!(await tooEarly.isVisible())) return;
      await tooEarly.hover();
      await tooEarly.locator('.codicon-notifications-clear').click();
    }
  }

  /** Clicks a row, from elsewhere: what lies below a pointer that rests may show a tooltip, which covers the row. */
  private async click(text: string | RegExp, how: Parameters<Locator['click']>[0] = {}): Promise<void> {
    const row = await this.see(text);
    await this.page.mouse.move(700, 5);
    await row.click(how);
  }

  expand(text: string | RegExp): Promise<void> {
    return this.unfold(text, true);
  }

  collapse(text: string | RegExp): Promise<void> {
    return this.unfold(text, false);
  }

  /** Clicks the arrow of a row until it is as wanted: while VS Code reads the rows anew, a click is lost, or another row's. */
  private async unfold(text: string | RegExp, expanded: boolean): Promise<void> {
    const row = await this.see(text);
    const done = this.pane
      .locator(`[role="treeitem"][aria-expanded="${expanded}"]`)
      .filter({ hasText: text })
      .first();
    for (let patience = 5_000; ; patience *= 2) {
      if ((await row.getAttribute('aria-expanded')) !== String(expanded))
        await row.locator('.monaco-tl-twistie').click();
      if (await happens(done.waitFor({ timeout: patience }))) return;
    }
  }

  /** Clicks one of the small buttons at the end of a row. */
  async inlineAction(text: string | RegExp, title: string): Promise<void> {
    const row = await this.see(text);
    await actOnRow(this.page, await this.questionsOf(row), () =>
      clickOnHover(this.page, row, row.getByRole('button', { name: title })),
    );
  }

  /** What a command of a row would ask if it were not given the row. */
  private async questionsOf(row: Locator): Promise<readonly string[]> {
    const { session, stream, schedule, task, tasks, script, batch } = questions;
    if (this.name === 'Scripts' || this.name === explorer) return [script];
    if (this.name === 'Review') return [task, tasks, stream];
    const level = Number(await row.getAttribute('aria-level'));
    return [[session], [stream, schedule]][level - 1] ?? [task, tasks, batch];
  }

  /** Selects several rows, as with the Ctrl key held. */
  async select(first: string | RegExp, ...others: readonly (string | RegExp)[]): Promise<void> {
    await this.click(first);
    for (const text of others) await this.click(text, { modifiers: ['ControlOrMeta'] });
  }

  /** Opens the menu of a row. Where the row was moved meanwhile, that of another one may have opened. */
  async openMenu(text: string | RegExp): Promise<void> {
    const row = await this.see(text);
    // The menu bar has items at all times.
    const menu = this.page.locator('.monaco-menu .action-item').first();
    for (let stayed = false; !stayed; ) {
      const before = await row.boundingBox();
      await this.click(text, { button: 'right' });
      await menu.waitFor();
      const after = await row.boundingBox();
      stayed = before?.y === after?.y;
      if (stayed) continue;
      await this.page.keyboard.press('Escape');
      await menu.waitFor({ state: 'detached' });
    }
  }

  /** An entry of the menu that is open. */
  menuItem(title: string): Locator {
    // Its name holds its key as well.
    return this.page.getByRole('menuitem').filter({ has: this.page.getByText(title, { exact: true }) });
  }

  /**
   * Opens a row's menu and chooses from it.
   * @param submenu the menu in that menu which has the entry
   */
  async menu(text: string | RegExp, title: string, submenu?: string): Promise<void> {
    const asked = await this.questionsOf(await this.see(text));
    await actOnRow(this.page, asked, async () => {
      await this.openMenu(text);
      if (submenu !== undefined) await this.openSubmenu(submenu, title);
      await this.chooseFromMenu(title);
    });
  }

  /** A menu that has just opened does not heed the mouse. */
  private async openSubmenu(submenu: string, title: string): Promise<void> {
    const item = this.menuItem(submenu);
    await item.waitFor();
    for (let open = false; !open; ) {
      await happens(item.hover({ timeout: 1_000 }));
      open = await happens(this.menuItem(title).waitFor({ timeout: 1_000 }));
    }
  }

  /** Chooses from the menu that is open. */
  async chooseFromMenu(title: string): Promise<void> {
    const item = this.menuItem(title);
    await item.waitFor();
    // A menu ignores clicks for a moment after the one that opened it, but not the pointer, nor Enter on what has the focus.
    for (let gone = false; !gone; ) {
      await happens(item.hover({ timeout: 1_000 }));
      const chosen = await happens(item.and(this.page.locator(':focus')).waitFor({ timeout: 1_000 }));
      if (chosen) await this.page.keyboard.press('Enter');
      // Only a pointer that comes from elsewhere is heeded.
      else await this.page.mouse.move(700, 5);
      gone = await happens(item.waitFor({ state: 'detached', timeout: chosen ? 5_000 : 100 }));
    }
  }

  /** Presses a key that runs a command on the selected tasks. */
  async press(key: string): Promise<void> {
    const { task, tasks } = questions;
    await actOnRow(this.page, [task, tasks], () => this.page.keyboard.press(key));
  }

  /** Clicks a button of the view's own title. */
  async titleAction(title: string): Promise<void> {
    const header = this.pane.locator('.pane-header');
    await clickOnHover(this.page, header, header.getByRole('button', { name: title }));
  }
}
