import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { assertTable } from '../support/generated';

interface Manifest {
  contributes: {
    commands: { command: string; title: string; category: string }[];
    menus: { commandPalette: { command: string; when: string }[] };
    configuration: { properties: Record<string, { default: unknown; markdownDescription: string }> };
  };
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
const texts = JSON.parse(readFileSync('package.nls.json', 'utf8')) as Record<string, string>;
const text = (key: string) => texts[key.replaceAll('%', '')] ?? key;

describe('README.md', () => {
  it('lists the commands of the palette', () => {
    const { commands, menus } = manifest.contributes;
    const hidden = new Set(
      menus.commandPalette.filter(({ when }) => when === 'false').map(({ command }) => command),
    );
    const rows = commands
      .filter(({ command }) => !hidden.has(command))
      .map(({ command, title, category }) => [`${category}: ${text(title)}`, `\`${command}\``])
      .sort(([a = ''], [b = '']) => a.localeCompare(b, 'en'));
    assertTable('README.md', 'commands', [['command', 'id'], ...rows]);
  });

  it('lists the settings with their defaults', () => {
    const rows = Object.entries(manifest.contributes.configuration.properties).map(([name, setting]) => [
      `\`${name}\``,
      `\`${JSON.stringify(setting.default)}\``,
      text(setting.markdownDescription).replace(/`#([\w.]+)#`/g, '`$1`'),
    ]);
    assertTable('README.md', 'settings', [['setting', 'default', 'what it does'], ...rows]);
  });

  it('gives the figures that were measured on a PostgreSQL server', () => {
    const [, ...scenes] = readFileSync('docs/benchmarks-postgres.md', 'utf8').split('\n### ');
    const rows = scenes.map((scene) => {
      const [title = '', ...lines] = scene.split('\n');
      const cells = lines
        .filter((line) => line.startsWith('| '))
        .map((line) => line.split('|').map((cell) => cell.trim()));
      const [, , ...engines] = cells;
      // Of `308 (2.70 / 13.2)` the first; where nothing was measured, the first cell says why.
      const figures = engines.map(([, , enqueued = '', worked]) => (worked || enqueued).replace(/ \(.*/, ''));
      return { title, names: engines.map(([, name = '']) => name), figures };
    });
    assertTable('README.md', 'postgres', [
      ['claimed and completed a second', ...(rows[0]?.names ?? [])],
      ...rows.map(({ title, figures }) => [title, ...figures]),
    ]);
  });

  it('links only to existing files, as do the other pages', () => {
    const pages = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'SUPPORT.md'];
    const broken = pages.flatMap((page) =>
      [...readFileSync(page, 'utf8').matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)]
        .map((match) => match[1] ?? '')
        .filter((target) => !existsSync(path.join(path.dirname(page), target)))
        .map((target) => `${page}: ${target}`),
    );
    assert.deepEqual(broken, []);
  });
});
