/** The element that a page is rendered into. */
export function pageRoot(): HTMLElement {
  const root = document.getElementById('page');
  if (!root) throw new Error('The document has no element #page');
  return root;
}

/** The data that the document was created with (`PageParts.data`). */
export function startData<T>(): T {
  return JSON.parse(pageRoot().dataset.start ?? 'null') as T;
}
