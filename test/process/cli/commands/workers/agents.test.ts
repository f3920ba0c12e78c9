import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { Sandbox } from '../../sandbox';

const suite = process.platform === 'win32' ? describe.skip : describe;

suite('sparkq agents setup', () => {
  let box: Sandbox;
  let bin: string;
  beforeEach(() => {
    box = new Sandbox();
    bin = path.join(box.root, 'bin');
    fs.mkdirSync(bin);
    fs.symlinkSync(process.execPath, path.join(bin, 'node'));
  });
  afterEach(() => box.remove());

  const setup = (...args: string[]) =>
    box.run(['agents', 'setup', ...args], {
      env: { PATH: `${bin}:/usr/bin:/bin`, HOME: path.join(box.root, 'me') },
    });
  const filesThere = () =>
    ['.mcp.json', '.codex', '.cursor'].filter((name) => fs.existsSync(path.join(box.folder, name)));
  const install = () =>
    fs.writeFileSync(
      path.join(bin, 'sparkq'),
      `#!/bin/sh\nexec node '${path.resolve('dist/cli.js')}' "$@"\n`,
      {
        mode: 0o755,
      },
    );

  it('writes what an agent can start, checks it, and removes it', async () => {
    const missing = await setup('claude', 'codex', 'copilot');
    assert.equal(missing.code, 0, missing.stderr);
    assert.match(missing.stderr, /sparkq is not on PATH.*\nSuggestion: .*Install Command-Line Tool/);
    assert.match(
      missing.stdout,
      /^Set up Claude Code in .*\.mcp\.json\nSet up GitHub Copilot CLI in .*\nSet up Codex in /,
    );
    const failed = await setup('claude', '--check');
    assert.equal(failed.code, 1);
    assert.match(failed.stdout, /Claude Code: the command that is written does not start: .*ENOENT/);

    install();
    const checked = await setup('claude', 'codex', '--check', '--json');
    assert.equal(checked.code, 0, checked.stdout);
    const { agents } = JSON.parse(checked.stdout) as { agents: { agent: string; tools: string[] }[] };
    assert.deepEqual(
      agents.map(({ agent, tools }) => [agent, tools.length]),
      [
        ['claude', 8],
        ['codex', 8],
      ],
    );
    assert.equal((await setup('cursor', '--check')).code, 1);

    assert.match((await setup('claude', '--remove')).stdout, /another agent uses the entry/);
    const removed = await setup('codex', 'copilot', '--remove');
    assert.deepEqual([removed.code, removed.stderr], [0, '']);
    assert.deepEqual(filesThere(), []);
  });

  it('writes hooks on request, checks them, and removes them', async () => {
    install();
    await setup('claude');
    const missing = await setup('claude', '--check', '--hooks');
    assert.equal(missing.code, 1);
    assert.match(
      missing.stdout,
      /8 tools .*\nClaude Code, hooks: not set up; run sparkq agents setup --hooks/,
    );
    const written = await setup('claude', 'cursor', '--hooks');
    assert.equal(written.code, 0);
    assert.match(written.stdout, /\nSet up Claude Code in .*settings\.json\nCursor: no hooks known\n$/);
    const checked = await setup('claude', '--check');
    assert.equal(checked.code, 0, checked.stdout);
    assert.match(checked.stdout, /\nClaude Code: hooks in .*settings\.json\n$/);
    fs.writeFileSync(path.join(bin, 'sparkq'), '#!/bin/sh\necho Older >&2\nexit 2\n');
    const failed = await setup('claude', '--check');
    assert.match(failed.stdout, /Claude Code, hooks: the command that is written fails: .*Older/);
    const printed = await setup('claude', 'codex', '--hooks', '--print');
    assert.match(printed.stdout, /settings\.json: nothing to change\n.*hooks\.json:\n\+ \{/);
    await setup('claude', 'cursor', '--remove');
    assert.deepEqual(fs.readdirSync(box.folder), []);
  });

  it('does not start what somebody else has written', async () => {
    install();
    const mark = path.join(box.root, 'started');
    const servers = { sparkq: { command: 'touch', args: [mark] } };
    fs.writeFileSync(path.join(box.folder, '.mcp.json'), JSON.stringify({ mcpServers: servers }));
    const { code, stdout } = await setup('claude', '--check');
    assert.equal(code, 1);
    assert.match(stdout, /not as setup writes it/);
    assert.equal(fs.existsSync(mark), false);
  });

  it('prints what it would write, and writes nothing', async () => {
    const { code, stdout } = await setup('cursor', '--print');
    assert.equal(code, 0);
    assert.match(stdout, /mcp\.json:\n\+ \{\n\+ {3}"mcpServers": \{\n/);
    const user = await setup('claude', 'codex', '--user', '--print', '--json');
    const { files } = JSON.parse(user.stdout) as { files: { file: string }[] };
    assert.deepEqual(
      files.map(({ file }) => path.relative(path.join(box.root, 'me'), file)),
      ['.claude.json', '.codex/config.toml'],
    );
    assert.deepEqual(filesThere(), []);
  });

  it('refuses an agent that it does not know, and a file that it cannot read', async () => {
    const unknown = await setup('claude', 'clippy');
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /Invalid agent: clippy\nSuggestion: Name one or more of claude, codex/);
    fs.writeFileSync(path.join(box.folder, '.mcp.json'), '{,}');
    const broken = await setup('cursor', 'claude');
    assert.equal(broken.code, 1);
    assert.match(broken.stderr, /\.mcp\.json, line 1, column 2: /);
    assert.deepEqual(filesThere(), ['.mcp.json']);
  });
});
