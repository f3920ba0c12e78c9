import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { mostProblems } from '../../../../src/runner/problems/outputProblems';
import { searchProblems } from '../../../../src/runner/problems/searchProblems';
import { readMatchers } from '../../../../src/scripts/problems/readMatchers';
import { writeOutput } from '../../../../src/store/outputFiles';
import { withFolder } from '../../../support/folders';

const task = 'tsk_0123456789ab';

interface Given {
  stdout?: string;
  stderr?: string;
  matcher?: unknown;
  limit?: number;
  time?: number;
}

/** Searches an output of a run in the folder `sub` of a workspace. */
async function search({ stdout = '', stderr = '', matcher = '$gcc', limit = 2 ** 26, time }: Given) {
  return withFolder(async (workspace) => {
    const storage = path.join(workspace, 'storage');
    await mkdir(path.join(storage, 'output'), { recursive: true });
    await writeFile(path.join(workspace, 'above.c'), '');
    for (const [stream, text] of [
      ['stdout', stdout],
      ['stderr', stderr],
    ] as const) {
      if (text !== '') await writeOutput({ storage, task, attempt: 1, stream, limit }, text);
    }
    const { matchers } = readMatchers(matcher);
    const folder = path.join(workspace, 'sub');
    const found = await searchProblems(
      path.resolve('dist'),
      { storage, task, attempt: 1, matchers, workspace, folder },
      time,
    );
    return (
      found && {
        cut: found.cut,
        lines: found.problems.map(
          ({ file, line, message }) => `${path.relative(workspace, file)}:${line} ${message}`,
        ),
      }
    );
  });
}

const inSub = (file: string) => path.join('sub', file);

describe('searchProblems', () => {
  it('finds problems in both outputs, relative to the folder of the run, each once', async () => {
    const found = await search({
      stdout: '\u001b[1ma.c:3:1: \u001b[31merror:\u001b[0m red\r\na.c:3:1: error: red\n',
      stderr: 'b.c:4:1: warning: last line without a break',
    });
    assert.deepEqual(found, {
      cut: false,
      lines: [`${inSub('a.c')}:3 red`, `${inSub('b.c')}:4 last line without a break`],
    });
  });

  it("takes a matcher's own folder for what is there, and not in that of the run", async () => {
    const matcher = { base: '$gcc', fileLocation: ['relative', `\${workspaceFolder}`] };
    const found = await search({ stdout: 'above.c:1:1: error: x\nnowhere.c:1:1: error: y\n', matcher });
    assert.deepEqual(found?.lines, ['above.c:1 x', `${inSub('nowhere.c')}:1 y`]);
  });

  it('reads 100,000 lines page by page, and keeps the first of too many problems', async () => {
    const lines = Array.from({ length: 100_000 }, (_, index) => `noise ${index} ${'.'.repeat(60)}`);
    const late = await search({ stdout: `${lines.join('\n')}\nlate.c:7:1: error: found\n` });
    assert.deepEqual(late, { cut: false, lines: [`${inSub('late.c')}:7 found`] });
    const many = await search({ stdout: lines.map((_, index) => `a.c:${index + 1}:1: error: x`).join('\n') });
    assert.equal(many?.cut, true);
    assert.equal(many?.lines.length, mostProblems);
    assert.equal(many?.lines.at(-1), `${inSub('a.c')}:${mostProblems} x`);
  });

  it('joins no lines over a gap of dropped bytes', async () => {
    // What is kept of the head ends with the name of a file.
    const name = '/last.js\n';
    const head = `/first.js\n  1:1  error  early\n${' \n'.repeat(8 * 1024 * 2)}`.slice(
      0,
      32 * 1024 - name.length,
    );
    const rest = '  9:9  error  of an unknown file\n'.repeat(10_000);
    const found = await search({
      stdout: `${head}${name}${rest}`,
      matcher: '$eslint-stylish',
      limit: 64 * 1024,
    });
    assert.equal(found?.lines.length, 1);
    assert.match(found?.lines[0] ?? '', /first\.js:1 early$/);
  });

  it('stops a pattern that would never come to an end', async () => {
    const matcher = { pattern: { regexp: '^(a+)+$', file: 1 } };
    assert.equal(await search({ stdout: `${'a'.repeat(60)}!`, matcher, time: 500 }), null);
  });

  it('finds nothing where there is no output', async () => {
    assert.deepEqual(await search({}), { cut: false, lines: [] });
  });
});
