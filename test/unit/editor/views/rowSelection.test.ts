import assert from 'node:assert/strict';
import { RowSelection } from '../../../../src/editor/views/rowSelection';

interface Row {
  readonly id: string;
}

/** The selection of a tree view. */
class FakeView {
  selection: readonly Row[] = [];
  private listener: (event: { selection: readonly Row[] }) => void = () => {};

  readonly onDidChangeSelection = (listener: (event: { selection: readonly Row[] }) => void) => {
    this.listener = listener;
    return { dispose: () => (this.listener = () => {}) };
  };

  reveal = async (): Promise<void> => {};

  choose(...selection: Row[]): void {
    this.selection = selection;
    this.listener({ selection });
  }
}

describe('the selected rows of a view', () => {
  const [first, second, third] = ['first', 'second', 'third'].map((id) => ({ id })) as [Row, Row, Row];
  let view: FakeView;
  let there: Set<Row>;
  let selected: RowSelection<Row>;

  beforeEach(() => {
    view = new FakeView();
    there = new Set([first, second, third]);
    selected = new RowSelection(view, (row) => there.has(row));
  });

  it('are those that VS Code reports', () => {
    view.choose(first, second);
    assert.deepEqual(selected.rows, [first, second]);
    view.choose(third);
    assert.deepEqual(selected.rows, [third]);
    view.choose();
    assert.deepEqual(selected.rows, []);
  });

  it('stay while VS Code reads them again', () => {
    view.choose(first, second);
    view.selection = [];
    assert.deepEqual(selected.rows, [first, second]);
    view.selection = [second];
    assert.deepEqual(selected.rows, [second, first]);
    view.selection = [first, second];
    assert.deepEqual(selected.rows, [first, second]);
  });

  it('leave out rows that no longer exist', () => {
    view.choose(first, second);
    view.selection = [second];
    there.delete(first);
    assert.deepEqual(selected.rows, [second]);
    there.add(first);
    assert.deepEqual(selected.rows, [second]);
  });

  it('include rows that were selected while VS Code read them', () => {
    view.choose(first);
    view.selection = [first, second];
    assert.deepEqual(selected.rows, [first, second]);
    view.selection = [];
    assert.deepEqual(selected.rows, [first, second]);
  });

  it('are the one that VS Code was told to select, until it reports it', async () => {
    view.choose(first);
    await selected.select(second, true);
    assert.deepEqual(selected.rows, [second]);
    // What it reports while it reads the row again.
    view.choose();
    assert.deepEqual(selected.rows, [second]);
    view.choose(second);
    view.choose(third);
    assert.deepEqual(selected.rows, [third]);
  });

  it('are none after a row that was selected already is no longer', async () => {
    view.choose(first);
    await selected.select(first, true);
    view.choose();
    assert.deepEqual(selected.rows, []);
  });

  it('are the last ones if the one to select is gone, or cannot be selected', async () => {
    view.choose(first);
    await selected.select(second, true);
    there.delete(second);
    assert.deepEqual(selected.rows, [first]);
    view.reveal = () => Promise.reject(new Error('no such row'));
    await assert.rejects(selected.select(third, true), /no such row/);
    assert.deepEqual(selected.rows, [first]);
  });
});
