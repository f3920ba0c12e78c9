import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { commentPrefixes, headerKeys } from '../../../src/scripts/header';
import { scriptExtensions } from '../../../src/scripts/tools';
import { assertTable } from '../../support/generated';

const page = 'docs/script-headers.md';

describe('what is told of script headers', () => {
  it('the documentation lists every key', () => {
    const rows = Object.entries(headerKeys).map(([key, meaning]) => [`\`${key}\``, meaning]);
    assertTable(page, 'keys', [['key', 'meaning'], ...rows]);
  });

  it('the documentation lists the extensions with their tools', () => {
    const rows = Object.entries(scriptExtensions).map(([extension, tool]) => [
      `\`${extension}\``,
      tool ?? 'told by the header or the `#!` line',
    ]);
    assertTable(page, 'extensions', [['extension', 'tool'], ...rows]);
  });

  it('the documentation lists the comment forms', () => {
    const written = /<!-- prefixes -->(.*?)<!-- \/prefixes -->/.exec(readFileSync(page, 'utf8'))?.[1];
    assert.equal(written, commentPrefixes.map((prefix) => `\`${prefix}\``).join(' '));
  });
});
