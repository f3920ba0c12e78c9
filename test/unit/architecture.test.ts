import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The rooms of src/, lowest first. A room may import from rooms before it; those on one floor not from each other. */
const floors = [
  ['core'],
  ['config', 'scripts', 'pages'],
  ['store'],
  ['runner'],
  ['server'],
  ['client'],
  ['cli', 'editor'],
];
const floorOf = new Map(floors.flatMap((rooms, floor) => rooms.map((room) => [room, floor] as const)));

/** Files outside the rooms: the entry of the extension stands on top, its table of ids below editor/. */
const topFiles = new Set(['extension', 'contributions']);

interface Import {
  file: string;
  room: string;
  specifier: string;
}

function sourceFiles(): string[] {
  return readdirSync('src', { recursive: true })
    .map((name) => path.posix.join('src', String(name).replaceAll(path.sep, '/')))
    .filter((name) => /\.tsx?$/.test(name));
}

function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8');
  const room = file.split('/').length > 2 ? (file.split('/')[1] ?? '') : path.basename(file, '.ts');
  const pattern =
    /(?:^|\n)\s*(?:import|export)\b[^;'"]*?from\s+['"]([^'"]+)['"]|\b(?:import|require)\(\s*['"]([^'"]+)['"]/g;
  return [...text.matchAll(pattern)].map((match) => ({ file, room, specifier: match[1] ?? match[2] ?? '' }));
}

/** The files of one circle, in order; empty where there is none. */
function circleIn(targets: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const visit = (file: string, way: readonly string[]): string[] => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
    if (done.has(file)) return [];
    const found = (targets.get(file) ?? []).map((next) => visit(next, [...way, file]));
    done.add(file);
    return found.find((circle) => circle.length > 0) ?? [];
  };
  return [...targets.keys()].map((file) => visit(file, [])).find((circle) => circle.length > 0) ?? [];
}

describe('the rooms of src/', () => {
  const imports = sourceFiles().flatMap(importsOf);

  it('are all on a floor', () => {
    const rooms = new Set(imports.map(({ room }) => room));
    const unknown = [...rooms].filter((room) => !floorOf.has(room) && !topFiles.has(room));
    assert.deepEqual(unknown, []);
  });

  it('import downward only', () => {
    const upward = imports.filter(({ file, room, specifier }) => {
      if (!specifier.startsWith('.') || topFiles.has(room)) return false;
      const target = path.posix.join(path.posix.dirname(file), specifier).split('/')[1] ?? '';
      if (target === room) return false;
      if (target === 'contributions') return room !== 'editor';
      return (floorOf.get(target) ?? Number.POSITIVE_INFINITY) >= (floorOf.get(room) ?? -1);
    });
    assert.deepEqual(upward, []);
  });

  it('import no file in a circle, types and late imports included', () => {
    const files = new Set(sourceFiles());
    const targets = new Map<string, string[]>();
    for (const { file, specifier } of imports) {
      // The extension's own object, which its features are given.
      if (file.startsWith('src/editor/') && specifier === './sparkq') continue;
      const target = path.posix.join(path.posix.dirname(file), specifier);
      const found = [`${target}.ts`, `${target}.tsx`].filter((name) => files.has(name));
      targets.set(file, [...(targets.get(file) ?? []), ...found]);
    }
    assert.deepEqual(circleIn(targets), []);
  });

  it('import `vscode` only in editor/ and extension.ts', () => {
    const foreign = imports.filter(
      ({ room, specifier }) => specifier === 'vscode' && room !== 'editor' && room !== 'extension',
    );
    assert.deepEqual(foreign, []);
  });

  it('load no library when VS Code starts: those come with what needs them', () => {
    const started = new Set<string>();
    const libraries: string[] = [];
    const start = (file: string, from: string): void => {
      if (started.has(file)) return;
      started.add(file);
      const text = readFileSync(file, 'utf8');
      for (const [, specifier = ''] of text.matchAll(/(?:^|\n)import (?!type\b)[^;'"]*?from '([^']+)'/g)) {
        const target = path.posix.join(path.posix.dirname(file), specifier);
        if (specifier.startsWith('.')) start(`${target}.ts`, file);
        else if (specifier !== 'vscode' && !specifier.startsWith('node:')) {
          libraries.push(`${specifier} in ${file}, which ${from} imports`);
        }
      }
    };
    start('src/extension.ts', 'VS Code');
    assert.ok(started.size > 50);
    assert.deepEqual(libraries, []);
  });

  it('keep Node out of core/', () => {
    const foreign = imports.filter(({ room, specifier }) => room === 'core' && !specifier.startsWith('./'));
    assert.deepEqual(foreign, []);
  });
});
