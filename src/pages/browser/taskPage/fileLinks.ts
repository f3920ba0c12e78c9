/** Turns file references in rendered text into links. */

import { findReferences } from '../../taskPage/fileReferences';
import { send } from './extensionHost';

/** Paths of existing files. */
const known = new Set<string>();

export function addKnownFiles(paths: readonly string[]): void {
  for (const path of paths) known.add(path);
}

/** A reference may span elements of different colours: the link wraps them all. */
export function linkFiles(element: HTMLElement): void {
  const text = element.textContent ?? '';
  const places = findReferences(text).filter(({ path }) => known.has(path));
  if (places.length === 0) return;
  const lineStarts = startsOfLines(text);
  const nodes = textNodes(element);
  // From the end, so that earlier positions stay valid.
  for (const place of places.sort((a, b) => b.line - a.line || b.start - a.start)) {
    const lineStart = lineStarts[place.line] ?? 0;
    const range = rangeOf(nodes, lineStart + place.start, lineStart + place.end);
    if (!range) continue;
    const link = document.createElement('a');
    link.tabIndex = 0;
    link.setAttribute('role', 'link');
    link.dataset.path = place.path;
    link.dataset.line = String(place.targetLine);
    link.dataset.column = String(place.targetColumn);
    link.append(range.extractContents());
    range.insertNode(link);
  }
}

/** Opens the file of a link that was clicked or activated by keyboard. */
export function followLink(event: MouseEvent | KeyboardEvent): void {
  if (event instanceof KeyboardEvent && event.key !== 'Enter') return;
  const link = event.target instanceof Element ? event.target.closest<HTMLElement>('a[data-path]') : null;
  if (!link) return;
  event.preventDefault();
  const { path = '', line, column } = link.dataset;
  send({ type: 'openFile', path, line: Number(line), column: Number(column) });
}

interface TextAt {
  node: Text;
  start: number;
}

function textNodes(element: HTMLElement): TextAt[] {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const nodes: TextAt[] = [];
  let start = 0;
  for (let node = walker.nextNode(); node instanceof Text; node = walker.nextNode()) {
    nodes.push({ node, start });
    start += node.length;
  }
  return nodes;
}

/** Undefined if an earlier link has moved the text. */
function rangeOf(nodes: readonly TextAt[], start: number, end: number): Range | undefined {
  const first = holding(nodes, start);
  const last = holding(nodes, end - 1);
  if (!first || !last || end - last.start > last.node.length || start - first.start > first.node.length)
    return;
  const range = document.createRange();
  range.setStart(first.node, start - first.start);
  range.setEnd(last.node, end - last.start);
  return range;
}

/** The last node that starts at or before `position`. */
function holding(nodes: readonly TextAt[], position: number): TextAt | undefined {
  let low = 0;
  let high = nodes.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((nodes[middle]?.start ?? 0) <= position) low = middle;
    else high = middle - 1;
  }
  return nodes[low];
}

function startsOfLines(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
