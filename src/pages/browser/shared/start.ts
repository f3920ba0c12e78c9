/** The element that a page draws itself into. */
export function pageRoot(): HTMLElement {
  const root = document.getElementById('page');
  if (!root) throw new Error('The document has no element #page');
  return root;
}

/** What the document was given to start with (`PageParts.data`). */
export function startingData<T>(): T {
  return JSON.parse(pageRoot().dataset.start ?? 'null') as T;
}
