import type * as vscode from 'vscode';

/** Disposes what was added to it, last first. What is added after that is disposed at once. */
export class Disposables implements vscode.Disposable {
  private items: vscode.Disposable[] = [];
  private ended = false;

  get disposed(): boolean {
    return this.ended;
  }

  add<T extends vscode.Disposable>(item: T): T {
    if (this.ended) item.dispose();
    else this.items.push(item);
    return item;
  }

  dispose(): void {
    this.ended = true;
    const items = this.items;
    this.items = [];
    for (const item of items.reverse()) item.dispose();
  }
}
