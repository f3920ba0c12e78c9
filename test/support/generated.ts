/** Files that are told by the code: tests compare them, and rewrite them when SPARKQ_WRITE=1 is set. */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';

const rewrite = process.env.SPARKQ_WRITE === '1';

/** Holds a JSON file to `value`. */
export function assertJsonFile(file: string, value: unknown): void {
  if (rewrite) writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
  assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), JSON.parse(JSON.stringify(value)));
}

/** Holds a file to a text. */
export function assertTextFile(file: string, text: string): void {
  if (rewrite) writeFileSync(file, text);
  assert.equal(readFileSync(file, 'utf8'), text);
}

/** Holds the part of a Markdown file between `<!-- name -->` and `<!-- /name -->` to a table. */
export function assertTable(file: string, name: string, rows: readonly (readonly string[])[]): void {
  const [head = [], ...body] = rows.map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const lines = [head, head.map(() => '---'), ...body].map((cells) => `| ${cells.join(' | ')} |`);
  const block = `<!-- ${name} -->\n\n${lines.join('\n')}\n\n<!-- /${name} -->`;
  const text = readFileSync(file, 'utf8');
  const pattern = new RegExp(`<!-- ${name} -->[^]*?<!-- /${name} -->`);
  if (rewrite)
    writeFileSync(
      file,
      text.replace(pattern, () => block),
    );
  assert.equal(
    pattern.exec(readFileSync(file, 'utf8'))?.[0],
    block,
    `${file}: the table "${name}" is out of date`,
  );
}
