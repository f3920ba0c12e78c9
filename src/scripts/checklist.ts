/** A plan in Markdown: the open items of its checklists are prompts. Pure. */

import type { List, ListItem, Nodes } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmTaskListItemFromMarkdown } from 'mdast-util-gfm-task-list-item';
import { gfmTaskListItem } from 'micromark-extension-gfm-task-list-item';
import { shortened } from '../core/cutText';
import type { NewTaskOfMany } from '../core/queue';
import { wordsOfCheck } from '../system/shellWords';

/** An item that is not ticked. */
export interface OpenItem {
  /** Its text as it stands there, without the items below it and the line of `verify`. */
  text: string;
  /** Program and arguments that check it; null for none of its own. */
  verify: string[] | null;
  /** Headings and items that it stands under, outermost first. */
  under: string[];
  /** The index of the open item that it stands under; null if there is none. */
  parent: number | null;
}

/** Characters of the first line of an item that make its label. */
const labelLength = 60;

/** The open items of a text, in their order. */
export function openItems(file: string): OpenItem[] {
  // The parser passes over a byte order mark without counting it.
  const markdown = file.replace(/^\uFEFF/, '');
  const items: OpenItem[] = [];
  const headings: { depth: number; text: string }[] = [];
  const sourceOf = (nodes: readonly Nodes[]): string => {
    const start = nodes[0]?.position?.start;
    const end = nodes.at(-1)?.position?.end.offset;
    if (start?.offset === undefined || end === undefined) return '';
    const indent = new RegExp(`^ {0,${start.column - 1}}`);
    const [first = '', ...rest] = markdown.slice(start.offset, end).split(/\r?\n/);
    return [first, ...rest.map((line) => line.replace(indent, ''))].join('\n').trim();
  };
  const read = (list: List, under: readonly string[], parent: number | null): void => {
    for (const item of list.children) {
      const { text, verify } = withoutVerify(sourceOf(ownOf(item)));
      const isOpen = item.checked === false && text !== '';
      if (isOpen) items.push({ text, verify, under: [...under], parent });
      const above = isOpen ? items.length - 1 : parent;
      const [line = ''] = text.split('\n');
      for (const inner of listsOf(item)) read(inner, [...under, line], above);
    }
  };
  const root = fromMarkdown(markdown, {
    extensions: [gfmTaskListItem()],
    mdastExtensions: [gfmTaskListItemFromMarkdown()],
  });
  for (const node of root.children) {
    if (node.type === 'heading') {
      while ((headings.at(-1)?.depth ?? 0) >= node.depth) headings.pop();
      headings.push({ depth: node.depth, text: sourceOf(node.children) });
    } else if (node.type === 'list') {
      read(
        node,
        headings.map(({ text }) => text),
        null,
      );
    }
  }
  return items;
}

/**
 * The tasks of some open items: each waits for the one that it stands under, or for the next one above that.
 * @param chosen their indexes
 */
export function tasksOfItems(
  items: readonly OpenItem[],
  chosen: ReadonlySet<number>,
  tool: string,
): NewTaskOfMany[] {
  const keyOf = (index: number) => `item ${index + 1}`;
  return items.flatMap(({ text, verify, under, parent }, index): NewTaskOfMany[] => {
    if (!chosen.has(index)) return [];
    let above = parent;
    while (above !== null && !chosen.has(above)) above = items[above]?.parent ?? null;
    return [
      {
        key: keyOf(index),
        tool_name: tool,
        prompt: under.length === 0 ? text : `${text}\n\nPart of: ${under.join(' > ')}`,
        label: labelOf({ text }),
        ...(verify !== null && { verify }),
        ...(above !== null && { after: [keyOf(above)] }),
      },
    ];
  });
}

/** The first line of an item, shortened. */
export function labelOf({ text }: Pick<OpenItem, 'text'>): string {
  return shortened(text.split('\n', 1)[0] ?? '', labelLength);
}

/** A line such as "verify: `npm test`" says what checks an item. */
function withoutVerify(source: string): { text: string; verify: string[] | null } {
  const line = /^[ \t]*verify:[ \t]*(`+)?(.*?\S)\1[ \t]*$/im.exec(source);
  if (line?.[2] === undefined) return { text: source, verify: null };
  const text = `${source.slice(0, line.index)}${source.slice(line.index + line[0].length + 1)}`.trim();
  return text === '' ? { text: source, verify: null } : { text, verify: wordsOfCheck(line[2]) };
}

/** What an item says before the list below it. */
function ownOf({ children }: ListItem): readonly Nodes[] {
  const end = children.findIndex(({ type }) => type === 'list');
  return end < 0 ? children : children.slice(0, end);
}

function listsOf({ children }: ListItem): List[] {
  return children.filter((child) => child.type === 'list');
}
