import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ownLimits, waitingSentences, warningSentences } from '../../../src/core/waiting';
import { dashboardTexts } from '../../../src/pages/dashboard/dashboardTexts';
import { runNoteSentences } from '../../../src/runner/worktrees/runNotes';
import { sourceSentences } from '../../../src/scripts/sources/sourceTexts';

const readJson = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
const sorted = (list: Iterable<string>) => [...list].sort();

/** The texts that the code translates, and those that are looked up in the same table. */
function textsInCode(): Set<string> {
  const files = ['src/accounts', 'src/core', 'src/client', 'src/editor', 'src/runner']
    .flatMap((room) => readdirSync(room, { recursive: true }).map((name) => path.join(room, String(name))))
    .filter((file) => file.endsWith('.ts') && path.basename(file) !== 'translator.ts');
  const texts = files.flatMap((file) =>
    [
      ...readFileSync(file, 'utf8').matchAll(
        /l10n\.t\(\s*('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|[^'"\s])/g,
      ),
    ].map((match) => {
      const literal = match[1] ?? '';
      assert.match(literal, /^['"]/, `${file}: a text to translate is a plain string`);
      return literal.slice(1, -1).replaceAll(/\\(.)/g, '$1');
    }),
  );
  return new Set([
    ...texts,
    ...Object.values(dashboardTexts),
    ...waitingSentences,
    ...ownLimits,
    ...warningSentences,
    ...runNoteSentences,
    ...sourceSentences,
  ]);
}

const places = (text: string) => sorted(text.match(/\{\d\}/g) ?? []);

describe('the German translation', () => {
  it('has all texts of the code, and no others', () => {
    assert.deepEqual(sorted(Object.keys(readJson('l10n/bundle.l10n.de.json'))), sorted(textsInCode()));
  });

  it('has all texts of the manifest, and no others', () => {
    const english = Object.keys(readJson('package.nls.json'));
    assert.deepEqual(sorted(Object.keys(readJson('package.nls.de.json'))), sorted(english));
  });

  it('keeps placeholders and command links', () => {
    for (const [english, german] of Object.entries(readJson('l10n/bundle.l10n.de.json'))) {
      assert.deepEqual(places(german), places(english), english);
    }
    const german = readJson('package.nls.de.json');
    const links = (text: string) => text.match(/\(command:[\w.]+\)/g) ?? [];
    for (const [key, text] of Object.entries(readJson('package.nls.json'))) {
      assert.deepEqual(links(german[key] ?? ''), links(text), key);
    }
  });
});
