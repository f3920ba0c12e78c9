/** One line at the bottom of a terminal that says how things stand, and is redrawn in place. */

import { cutToWidth } from './textWidth';

/** What of a terminal is needed here. */
export interface Screen {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

const clearLine = '\r\u001b[2K';

export class ProgressLine {
  private shown = '';

  /** Nothing is drawn where `screen` is no terminal. */
  constructor(private readonly screen: Screen) {}

  /** @param text without control characters; empty for no line */
  draw(text: string): void {
    if (this.screen.isTTY !== true) return;
    // A line that reaches the last column would begin another.
    const line = cutToWidth(text, Math.max(0, (this.screen.columns ?? 80) - 1));
    if (line === this.shown) return;
    this.screen.write(`${clearLine}${line}`);
    this.shown = line;
  }

  /** Makes room for lines that stay, which `write` prints. */
  above(write: () => void): void {
    const { shown } = this;
    this.draw('');
    write();
    this.draw(shown);
  }
}
