/** A plan in Markdown: the open items of its checklists are prompts. Pure. */

import type { List, ListItem, Nodes } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmTaskListItemFromMarkdown } from 'mdast-util-gfm-task-list-item';
import { gfmTaskListItem } from 'micromark-extension-gfm-task-list-item';
import { shortened } from '../core/cutText';
import { type WorktreeKind, worktreeKinds } from '../core/model';
import type { NewTaskOfMany } from '../core/queue';
import { wordsOfCheck } from '../system/shellWords';

/** An item that is not ticked. */
export interface OpenItem {
  /** Its text as it stands there, without the items below it and the lines of `verify` and `worktree`. */
  text: string;
  /** Program and arguments that check it; null for none of its own. */
  verify: string[] | null;
  /** Where its agent works; null for where that is said elsewhere. */
  worktree: WorktreeKind | null;
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
      const { text, verify, worktree } = withoutKeys(sourceOf(ownOf(item)));
      const isOpen = item.checked === false && text !== '';
      if (isOpen) items.push({ text, verify, worktree, under: [...under], parent });
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
  return items.flatMap(({ text, verify, worktree, under, parent }, index): NewTaskOfMany[] => {
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
        ...(worktree !== null && { worktree }),
        ...(above !== null && { after: [keyOf(above)] }),
      },
    ];
  });
}

/** The first line of an item, shortened. */
export function labelOf({ text }: Pick<OpenItem, 'text'>): string {
  return shortened(text.split('\n', 1)[0] ?? '', labelLength);
}

const kindLine = new RegExp(
  `^[ \\t]*worktree:[ \\t]*(?<tick>\`*)(?<value>${worktreeKinds.join('|')})\\k<tick>[ \\t]*$`,
  'im',
);

/** Lines such as "verify: `npm test`" and "worktree: task" say what checks an item, and where its agent works. */
function withoutKeys(source: string): Pick<OpenItem, 'text' | 'verify' | 'worktree'> {
  const verify = without(source, /^[ \t]*verify:[ \t]*(?<tick>`*)(?<value>.*?\S)\k<tick>[ \t]*$/im);
  const place = without(verify.text, kindLine);
  return {
    text: place.text,
    verify: verify.value === null ? null : wordsOfCheck(verify.value),
    worktree: worktreeKinds.find((kind) => kind === place.value?.toLowerCase()) ?? null,
  };
}

/** A text without a line of it, and what that says; the text as it is where it has no such line, or nothing else. */
function without(source: string, key: RegExp): { text: string; value: string | null } {
  const line = key.exec(source);
  const value = line?.groups?.value;
  if (line === null || value === undefined) return { text: source, value: null };
  const text = `${source.slice(0, line.index)}${source.slice(line.index + line[0].length + 1)}`.trim();
  return text === '' ? { text: source, value: null } : { text, value };
}

/** What an item says before the list below it. */
function ownOf({ children }: ListItem): readonly Nodes[] {
  const end = children.findIndex(({ type }) => type === 'list');
  return end < 0 ? children : children.slice(0, end);
}

function listsOf({ children }: ListItem): List[] {
  return children.filter((child) => child.type === 'list');
}
