/** JSON with comments as people write it, with the line of each part. Pure. */

import { findNodeAtLocation, getNodeValue, type Node, type ParseError, parseTree } from 'jsonc-parser';

export class JsonTree {
  private constructor(
    private readonly text: string,
    private readonly root: Node,
  ) {}

  /** Null if the text is not JSON with comments. */
  static of(text: string): JsonTree | null {
    const errors: ParseError[] = [];
    const root = parseTree(text, errors, { allowTrailingComma: true });
    return root === undefined || errors.length > 0 ? null : new JsonTree(text, root);
  }

  /** The value at a path; undefined where there is none. */
  value(...path: (string | number)[]): unknown {
    const node = findNodeAtLocation(this.root, path);
    return node && getNodeValue(node);
  }

  /** The values in the object or array at a path, each with its name or place and its line; none for anything else. */
  children(...path: string[]): { name: string; line_number: number; value: unknown }[] {
    const node = findNodeAtLocation(this.root, path);
    return (node?.children ?? []).flatMap((child, index) => {
      const [name, value] = node?.type === 'object' ? (child.children ?? []) : [null, child];
      if (!value) return [];
      return [
        {
          name: name ? String(name.value) : String(index),
          line_number: this.lineOf(child.offset),
          value: getNodeValue(value),
        },
      ];
    });
  }

  private lineOf(offset: number): number {
    return this.text.slice(0, offset).split('\n').length;
  }
}

/** The own property of an object that was read; undefined for anything else. */
export function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

/** `value` if it is text. */
export function textIn(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
