import type * as vscode from 'vscode';

/**
 * The selected rows of a view. VS Code leaves out rows that it is reading again, also of what it reports, so a command
 * would act on fewer rows than are shown as selected, or on none.
 */
export class RowSelection<T extends { readonly id: string }> {
  private last: readonly T[] = [];
  /** The row that VS Code was told to select, until it reports that it has. */
  private expected: T | undefined;
  private readonly subscription: vscode.Disposable;

  /** @param isThere whether a row still exists */
  constructor(
    private readonly view: Pick<vscode.TreeView<T>, 'selection' | 'onDidChangeSelection' | 'reveal'>,
    private readonly isThere: (row: T) => boolean,
  ) {
    this.subscription = view.onDidChangeSelection(({ selection }) => {
      this.last = selection;
      if (selection.length > 0) this.expected = undefined;
    });
  }

  get rows(): readonly T[] {
    if (this.expected && this.isThere(this.expected)) return [this.expected];
    const { selection } = this.view;
    const reported = new Set(selection.map(({ id }) => id));
    const leftOut = this.last.filter((row) => !reported.has(row.id) && this.isThere(row));
    this.last = [...selection, ...leftOut];
    return this.last;
  }

  /** Selects a row. From the start of this call it is the selected one, for a key that comes before VS Code's report. */
  async select(row: T, focus: boolean): Promise<void> {
    this.expected = row;
    try {
      await this.view.reveal(row, { select: true, focus });
      if (this.expected === row && this.view.selection.some(({ id }) => id === row.id)) {
        this.last = [row];
        this.expected = undefined;
      }
    } catch (error) {
      if (this.expected === row) this.expected = undefined;
      throw error;
    }
  }

  dispose(): void {
    this.subscription.dispose();
  }
}
