import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { commentPrefixes, headerKeys } from '../../../src/scripts/header';
import { scriptExtensions } from '../../../src/scripts/tools';
import { assertTable } from '../../support/generated';

const page = 'docs/script-headers.md';

describe('The documentation of script headers', () => {
  it('lists every key', () => {
    const rows = Object.entries(headerKeys).map(([key, meaning]) => [`\`${key}\``, meaning]);
    assertTable(page, 'keys', [['key', 'meaning'], ...rows]);
  });

  it('lists the extensions with their tools', () => {
    const rows = Object.entries(scriptExtensions).map(([extension, tool]) => [
      `\`${extension}\``,
      tool ?? 'set by the header or the `#!` line',
    ]);
    assertTable(page, 'extensions', [['extension', 'tool'], ...rows]);
  });

  it('lists the comment prefixes', () => {
    const written = /<!-- prefixes -->(.*?)<!-- \/prefixes -->/.exec(readFileSync(page, 'utf8'))?.[1];
    assert.equal(written, commentPrefixes.map((prefix) => `\`${prefix}\``).join(' '));
  });
});
