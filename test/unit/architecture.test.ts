import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';

/**
 * What each folder holds, lowest floor first: subfolders and files by name. One may import from floors below its own,
 * not from its own floor or those above.
 */
const floorsOf: Readonly<Record<string, readonly (readonly string[])[]>> = {
  src: [
    ['core'],
    ['system'],
    ['accounts', 'agents', 'config', 'scripts', 'pages'],
    ['store'],
    ['postgres', 'runner'],
    ['server'],
    ['client'],
    ['mcp'],
    ['contributions'],
    ['cli', 'editor'],
    ['extension'],
  ],
  'src/pages': [['dashboard', 'document', 'taskPage'], ['browser']],
  'src/pages/browser': [['shared'], ['dashboard', 'taskPage']],
  'src/store': [
    ['engine', 'mainStream', 'outputFiles', 'serverTexts', 'streamWorkerLock'],
    ['outputFollower', 'sharedOutput'],
    ['archive', 'callers'],
    ['ownership'],
    ['rows'],
    ['operations'],
    ['localQueue', 'maintenance', 'moving'],
  ],
  'src/runner': [
    ['adapters'],
    ['transcript'],
    ['runFiles'],
    ['command', 'errorLine', 'foreignTask', 'git', 'installedAgents', 'problems', 'resetTime'],
    ['agentLaunch', 'agentReport', 'lastWord', 'liveness', 'pinnedCheck', 'worktrees'],
    ['machine'],
    ['outcome'],
    ['outputTail'],
    ['boundRun', 'supervisor', 'otherRuns', 'wordVerdict'],
    ['callProgram'],
    ['hookCaller', 'launch', 'runEnd', 'worktreeSetup'],
    ['leftRun', 'signalRun'],
    ['activeRun'],
    ['runner'],
    ['streamWorker'],
  ],
  'src/runner/adapters': [
    ['agentEvents'],
    ['fields', 'limitText'],
    ['adapter'],
    ['agentReader', 'claude', 'codex', 'copilot', 'cursor', 'gemini', 'opencode'],
    ['adapters'],
    ['agentRun'],
  ],
  'src/runner/transcript': [
    ['agentTranscript', 'transcriptWords'],
    ['transcribedRun', 'transcriptText'],
  ],
  'src/server': [
    ['answerSchemas', 'answerText', 'callerHeader', 'claimDelivery', 'errors', 'hostCheck', 'inputSchemas'],
    ['accessControl', 'requestBody', 'validation'],
    ['router', 'services'],
    ['routes'],
    ['app'],
    ['httpServer'],
  ],
  'src/client': [
    ['agentUse'],
    [
      'digest',
      'discovery',
      'endpoint',
      'enqueueBatch',
      'eventFeed',
      'finishedTasks',
      'nameMark',
      'options',
      'ownerMonitor',
      'plannedRuns',
      'streamWorkers',
      'registry',
      'registryWatch',
      'remote',
      'userFolder',
      'wakefulness',
      'workLeft',
    ],
    ['activity', 'background'],
    ['machineQueues', 'serverDatabase', 'serving', 'storage'],
    ['acquireQueue'],
    ['openQueue'],
  ],
  'src/mcp': [
    ['callLimit', 'conversation', 'heldClaims', 'lazyQueue', 'taskText', 'wantedWork'],
    ['tool'],
    ['tools'],
    ['agentSession'],
    ['mcpServer'],
  ],
  'src/agents': [
    ['agentNames', 'claimNotes', 'formats', 'hookCommand', 'skillText', 'startCommand'],
    ['agent', 'agentFile', 'callingAgent', 'changeText', 'hookInput'],
    ['claude', 'codex', 'copilot', 'cursor', 'gemini', 'opencode'],
    ['agents'],
    ['setupRecords'],
    ['plan'],
    ['insert', 'ownFile'],
    ['entry', 'skill'],
    ['hooks'],
    ['setup'],
  ],
  'src/agents/formats': [['format'], ['json', 'tomlReader'], ['toml']],
  'src/cli': [
    ['service', 'terminal', 'version'],
    ['access'],
    ['context'],
    ['commands'],
    ['commandTable'],
    ['main'],
    ['cli'],
  ],
  'src/editor': [
    ['shared'],
    ['workspace'],
    ['agents', 'counts', 'documents', 'pickers'],
    ['views'],
    ['background', 'dashboard', 'notifications', 'taskPage'],
    ['commands'],
    ['sparkq'],
  ],
};

/** As many as can be read at a glance. */
const mostFilesInFolder = 30;

interface Import {
  file: string;
  room: string;
  specifier: string;
}

function sourceFiles(): string[] {
  return filesBelow('src').filter((name) => /\.tsx?$/.test(name));
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.posix.join(entry.parentPath.replaceAll(path.sep, '/'), entry.name));
}

function inFolder(file: string, folder: string): boolean {
  return file.startsWith(`${folder}/`);
}

/** The subfolder or the file of `folder` that a path leads through, without its ending. */
function entryIn(folder: string, file: string): string {
  return (file.slice(folder.length + 1).split('/')[0] ?? '').replace(/\.tsx?$/, '');
}

function floorIn(folder: string, file: string): number {
  return (floorsOf[folder] ?? []).findIndex((floor) => floor.includes(entryIn(folder, file)));
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

/** What is loaded with these files at once, late imports left out, and the libraries with who imports them. */
function loadedWith(...entries: string[]): { files: Set<string>; libraries: string[] } {
  const files = new Set<string>();
  const libraries: string[] = [];
  const load = (file: string, from: string): void => {
    if (files.has(file)) return;
    files.add(file);
    const text = readFileSync(file, 'utf8');
    for (const [, specifier = ''] of text.matchAll(/(?:^|\n)import (?!type\b)[^;'"]*?from '([^']+)'/g)) {
      const target = path.posix.join(path.posix.dirname(file), specifier);
      if (specifier.startsWith('.')) load(`${target}.ts`, file);
      else if (specifier !== 'vscode' && !isBuiltin(specifier))
        libraries.push(`${specifier} in ${file}, which ${from} imports`);
    }
  };
  for (const entry of entries) load(entry, 'the start');
  return { files, libraries };
}

describe('the rooms of src/', () => {
  const imports = sourceFiles().flatMap(importsOf);

  it('are all on a floor', () => {
    const unknown = sourceFiles().flatMap((file) =>
      Object.keys(floorsOf).filter((folder) => inFolder(file, folder) && floorIn(folder, file) < 0),
    );
    assert.deepEqual(unknown, []);
  });

  it('import downward only', () => {
    const upward = imports.filter(({ file, specifier }) => {
      if (!specifier.startsWith('.')) return false;
      const target = path.posix.join(path.posix.dirname(file), specifier);
      return Object.keys(floorsOf).some((folder) => {
        if (!inFolder(file, folder) || !inFolder(target, folder)) return false;
        if (entryIn(folder, target) === entryIn(folder, file)) return false;
        return floorIn(folder, target) >= floorIn(folder, file);
      });
    });
    assert.deepEqual(
      upward.map(({ file, specifier }) => `${file} imports ${specifier}`),
      [],
    );
  });

  it('import no file in a circle, types and late imports included', () => {
    const files = new Set(sourceFiles());
    const targets = new Map<string, string[]>();
    for (const { file, specifier } of imports) {
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
    const { files, libraries } = loadedWith('src/extension.ts');
    assert.ok(files.size > 50);
    assert.deepEqual(libraries, []);
  });

  it('load with `sparkq enqueue` no other command, and no library but those for its words and for HTTP', () => {
    const { files, libraries } = loadedWith('src/cli/main.ts', 'src/cli/commands/tasks/enqueue.ts');
    assert.ok(files.size > 30);
    const commands = [...files].filter((file) => inFolder(file, 'src/cli/commands'));
    assert.deepEqual(commands, ['src/cli/commands/tasks/enqueue.ts']);
    const allowed = /^(@commander-js\/extra-typings|eventsource-parser) /;
    assert.deepEqual(
      libraries.filter((one) => !allowed.test(one)),
      [],
    );
  });

  it('keep Node out of core/', () => {
    const foreign = imports.filter(({ room, specifier }) => room === 'core' && !specifier.startsWith('./'));
    assert.deepEqual(foreign, []);
  });
});

describe('what starts programs without a terminal', () => {
  it('hides their consoles, which Windows would show for a moment', () => {
    const starting = sourceFiles().filter(
      (file) =>
        /^src\/(?:editor|runner)\//.test(file) &&
        /^import \{(?! type ChildProcess \}).* from 'node:child_process'/m.test(readFileSync(file, 'utf8')),
    );
    assert.ok(starting.length > 3);
    const showing = starting.filter((file) => !readFileSync(file, 'utf8').includes('windowsHide: true'));
    assert.deepEqual(showing, []);
  });
});

describe('each folder', () => {
  it('holds no more files than can be read at a glance', () => {
    const counts = new Map<string, number>();
    for (const file of ['src', 'test', 'bench'].flatMap(filesBelow)) {
      const folder = path.posix.dirname(file);
      if (!/node_modules|fixtures/.test(folder)) counts.set(folder, (counts.get(folder) ?? 0) + 1);
    }
    assert.deepEqual(
      [...counts].filter(([, count]) => count > mostFilesInFolder),
      [],
    );
  });
});
