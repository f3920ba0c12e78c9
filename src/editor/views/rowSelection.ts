import type * as vscode from 'vscode';

/**
 * The selected rows of a view. VS Code leaves out rows that it is reading again, so a command would act on fewer rows
 * than are shown as selected, or on none.
 */
export class RowSelection<T extends { readonly id: string }> {
  private last: readonly T[] = [];
  private readonly subscription: vscode.Disposable;

  /** @param isThere whether a row still exists */
  constructor(
    private readonly view: Pick<vscode.TreeView<T>, 'selection' | 'onDidChangeSelection'>,
    private readonly isThere: (row: T) => boolean,
  ) {
    this.subscription = view.onDidChangeSelection(({ selection }) => {
      this.last = selection;
    });
  }

  get rows(): readonly T[] {
    const { selection } = this.view;
    const reported = new Set(selection.map(({ id }) => id));
    const leftOut = this.last.filter((row) => !reported.has(row.id) && this.isThere(row));
    this.last = [...selection, ...leftOut];
    return this.last;
  }

  dispose(): void {
    this.subscription.dispose();
  }
}
