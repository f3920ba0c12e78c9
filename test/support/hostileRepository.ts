/** A repository whose every setting that can name a program names one that leaves a mark. */

import * as fs from 'node:fs';
import * as path from 'node:path';
import { gitIn } from './git';

export interface HostileRepository {
  folder: string;
  commit: string;
  /** The programs that have run since this was last asked. */
  marks(): string[];
}

/** A file of the commit whose content only a remote could give. */
export const missingFile = 'missing.txt';

const hooks = [
  'fsmonitor-watchman',
  'post-checkout',
  'post-index-change',
  'pre-commit',
  'reference-transaction',
];

/**
 * Makes the repository and a submodule of the same kind in `parent`. The times of all files are newer than what git has
 * noted, so that it reads them again, filters included.
 */
export function makeHostileRepository(parent: string): HostileRepository {
  const marked = path.join(parent, 'marks');
  fs.mkdirSync(marked);
  const evil = path.join(parent, 'evil');
  fs.writeFileSync(evil, `#!/bin/sh\n: > "${marked}/$1"\ncat\n`, { mode: 0o755 });
  const folder = path.join(parent, 'hostile');
  const sub = path.join(folder, 'sub');
  for (const at of [sub, folder]) makeRepository(at);
  for (const at of [sub, folder]) {
    giveHooks(at, evil);
    fs.appendFileSync(path.join(at, '.git', 'config'), settings(evil, path.basename(at)));
    touchAll(at);
  }
  const commit = fs.readFileSync(path.join(folder, '.git', 'refs', 'heads', 'main'), 'utf8').trim();
  return {
    folder,
    commit,
    marks: () => {
      const names = fs.readdirSync(marked);
      for (const name of names) fs.rmSync(path.join(marked, name));
      return names.sort();
    },
  };
}

function makeRepository(folder: string): void {
  fs.mkdirSync(folder, { recursive: true });
  const git = (...args: string[]) => gitIn(folder, ...args);
  git('init', '-q', '-b', 'main');
  const kinds = ['clean', 'process', 'included', 'worktree'];
  const attributes = [
    ...kinds.map((kind) => `*.${kind} filter=${path.basename(folder)}-${kind} diff=evil merge=evil`),
    '*.nameless filter=',
    '*.spaced filter=odd.name',
  ];
  fs.writeFileSync(path.join(folder, '.gitattributes'), `${attributes.join('\n')}\n`);
  for (const kind of [...kinds, 'nameless', 'spaced', 'txt'])
    fs.writeFileSync(path.join(folder, `file.${kind}`), kind);
  fs.writeFileSync(path.join(folder, missingFile), 'missing');
  git('add', '.');
  git('commit', '-q', '-m', 'one');
  const blob = git('rev-parse', `HEAD:${missingFile}`);
  fs.rmSync(path.join(folder, '.git', 'objects', blob.slice(0, 2), blob.slice(2)));
}

function giveHooks(folder: string, evil: string): void {
  for (const name of hooks) {
    const hook = path.join(folder, '.git', 'hooks', name);
    fs.mkdirSync(path.dirname(hook), { recursive: true });
    fs.writeFileSync(hook, `#!/bin/sh\n"${evil}" hook-${name} < /dev/null\n`, { mode: 0o755 });
  }
  const filter = (kind: string) => {
    const name = `${path.basename(folder)}-${kind}`;
    return `[filter "${name}"]\n\tclean = '${evil}' ${name}\n\trequired = true\n`;
  };
  fs.writeFileSync(path.join(folder, '.git', 'included'), filter('included'));
  fs.writeFileSync(path.join(folder, '.git', 'config.worktree'), filter('worktree'));
}

function settings(evil: string, where: string): string {
  const run = (name: string) => `'${evil}' ${where}-${name}`;
  return `
[core]
	repositoryformatversion = 1
	fsmonitor = ${run('fsmonitor')}
	pager = ${run('pager')}
	sshCommand = ${run('ssh')}
	askPass = ${evil}
	editor = ${run('editor')}
	gitProxy = ${evil}
	alternateRefsCommand = ${run('alternates')}
[extensions]
	worktreeConfig = true
	partialClone = origin
[remote "origin"]
	url = ext::${evil} ${where}-transport
	promisor = true
	uploadpack = ${run('uploadpack')}
[protocol "ext"]
	allow = always
[uploadpack]
	packObjectsHook = ${run('packObjects')}
[include]
	path = included
[filter "${where}-clean"]
	clean = ${run('clean')}
	smudge = ${run('smudge')}
[filter "${where}-process"]
	process = ${run('process')}
	required = true
[filter ""]
	clean = ${run('nameless')}
[filter "odd.name"]
	clean = ${run('odd-name')}
[hook "evil"]
	event = post-index-change
	command = ${run('configured-hook')}
[diff]
	external = ${run('external-diff')}
[diff "evil"]
	textconv = ${run('textconv')}
	command = ${run('diff-driver')}
[merge "evil"]
	driver = ${run('merge-driver')}
[interactive]
	diffFilter = ${run('diff-filter')}
[pager]
	status = ${run('pager-status')}
	diff = ${run('pager-diff')}
	config = ${run('pager-config')}
[alias]
${['status', 'diff', 'config', 'cat-file', 'ls-files', 'check-attr']
  .map((name) => `\t${name} = "!${run(`alias-${name}`)}"`)
  .join('\n')}
[gpg]
	program = ${evil}
[log]
	showSignature = true
[credential]
	helper = "!${run('credential')}"
`;
}

/** Sets times that git has not noted. The missing file keeps its own: `git diff` would want its content. */
function touchAll(folder: string): void {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true }))
    if (entry.isFile() && entry.name !== missingFile)
      fs.utimesSync(path.join(folder, entry.name), 1_000, 1_000);
}
