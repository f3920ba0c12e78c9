import assert from 'node:assert/strict';
import { callOfLine, quoteForCmd } from '../../../../src/runner/command/cmdLine';
import { scriptOfShim } from '../../../../src/runner/command/npmShim';
import { CouldNotStart } from '../../../../src/runner/command/payload';
import { isOfWsl, placesOfGit } from '../../../../src/runner/command/windowsBash';
import { onPlatform } from '../../../support/windowsFiles';

const variables: Readonly<Record<string, string>> = {
  PATH: 'C:\\x',
  A: '"& calc',
  cd: 'C:\\here',
  '': 'wrong',
};

/** How cmd.exe replaces variables in a line that is no batch file's: before it looks at quotes, and once. */
function expand(line: string): string {
  let text = '';
  for (let at = 0; at < line.length; ) {
    const end = line[at] === '%' ? line.indexOf('%', at + 1) : -1;
    const [, name = '', part] = /^([^:]*)(:~,)?$/.exec(line.slice(at + 1, Math.max(at + 1, end))) ?? [];
    const value = end > at + 1 ? variables[name] : undefined;
    if (value === undefined) text += line[at++];
    else {
      text += part === undefined ? value : '';
      at = end + 1;
    }
  }
  return text;
}

/** What stands outside of quotes, where cmd.exe finds its own characters. */
function outsideQuotes(line: string): string {
  return line
    .split('"')
    .filter((_, at) => at % 2 === 0)
    .join('');
}

/** How a program of Microsoft's C library takes its command line apart. */
function argumentsOf(line: string): string[] {
  const found: string[] = [];
  let [text, quoted, begun] = ['', false, false];
  for (let at = 0; at < line.length; ) {
    const slashes = /^\\*/.exec(line.slice(at))?.[0].length ?? 0;
    const quote = line[at + slashes] === '"';
    if (slashes > 0) {
      text += '\\'.repeat(quote ? Math.floor(slashes / 2) : slashes);
      begun = true;
      at += slashes;
      if (quote && slashes % 2 === 1) {
        text += '"';
        at++;
      }
    } else if (quote) {
      begun = true;
      if (quoted && line[at + 1] === '"') {
        text += '"';
        at++;
      } else quoted = !quoted;
      at++;
    } else if (line[at] === ' ' && !quoted) {
      if (begun) found.push(text);
      [text, begun] = ['', false];
      at++;
    } else {
      text += line[at++];
      begun = true;
    }
  }
  return begun ? [...found, text] : found;
}

describe('an argument for cmd.exe', () => {
  const pieces = [
    'a',
    ' ',
    '\\',
    '"',
    '%',
    'PATH',
    'A',
    '!',
    '&',
    '^',
    '|',
    '<',
    '>',
    '(',
    ')',
    ',',
    ';',
    '=',
    'ü',
    ':~,',
  ];

  /** Every text of up to three pieces, and longer ones. */
  function* texts(): Generator<string> {
    yield '';
    for (const a of pieces) {
      yield a;
      for (const b of pieces) {
        yield a + b;
        for (const c of pieces) yield a + b + c;
      }
    }
    yield* [
      '%PATH%',
      '%%PATH%%',
      '100%',
      '%A%%PATH%',
      'tail\\\\',
      'a"b\\"c\\\\"',
      '"& calc & "',
      '%cd:~,%',
      '^%PATH^%',
    ];
    yield* ['say "hi" & del %PATH%\\', '%PATH:~0,1%', '\\"\\"', '!PATH!', '-x="a b"', '/?', '*.txt'];
  }

  it('arrives as it is, and nothing of it is read by cmd.exe', () => {
    for (const text of texts()) {
      const line = ['x.cmd', text, 'e(f)', text].map(quoteForCmd).join(' ');
      const seen = expand(line);
      assert.deepEqual(argumentsOf(seen), ['x.cmd', text, 'e(f)', text], line);
      assert.doesNotMatch(outsideQuotes(seen), /[&|<>()^!,;=]/, line);
      // A batch file that passes it on has it read once more.
      assert.equal(outsideQuotes(seen).includes('%'), false, line);
    }
  });

  it('stays without quotes where it needs none', () => {
    for (const text of ['build', 'C:\\dir\\', '--level', '1.5', 'a/b_c@d', '+x'])
      assert.equal(quoteForCmd(text), text);
  });

  it('is refused with the way out if it has a line break or is too long', () => {
    const refused = (pattern: RegExp) => (error: unknown) =>
      error instanceof CouldNotStart && pattern.test(error.message) && /prompt-stdin/.test(error.message);
    assert.throws(() => quoteForCmd('a\nb'), refused(/no line break/));
    assert.throws(() => quoteForCmd('a\r'), refused(/no line break/));
    assert.throws(() => callOfLine('a'.repeat(8192)), refused(/more than 8191/));
    assert.deepEqual(callOfLine('"a b" c'), {
      args: ['/d', '/e:on', '/v:off', '/s', '/c', '""a b" c"'],
      verbatim: true,
    });
  });
});

describe('a batch file of npm', () => {
  const shim = (line: string) =>
    `@ECHO off\r\nGOTO start\r\n:find_dp0\r\nSET dp0=%~dp0\r\nEXIT /b\r\n:start\r\nSETLOCAL\r\nCALL :find_dp0\r\n\r\nIF EXIST "%dp0%\\node.exe" (\r\n  SET "_prog=%dp0%\\node.exe"\r\n) ELSE (\r\n  SET "_prog=node"\r\n  SET PATHEXT=%PATHEXT:;.JS;=;%\r\n)\r\n\r\n${line}\r\n`;
  const call = 'endLocal & goto #_undefined_# 2>NUL || title %COMSPEC% & ';

  it('names the script that it starts', () => {
    const line = `${call}"%_prog%"  "%dp0%\\node_modules\\@x\\cli\\bin\\cli.js" %*`;
    assert.equal(scriptOfShim(shim(line)), 'node_modules\\@x\\cli\\bin\\cli.js');
    const local = `${call}"%_prog%"  "%dp0%\\..\\x\\cli.js" %*`;
    assert.equal(scriptOfShim(shim(local)), '..\\x\\cli.js');
  });

  it('is another if it does anything else', () => {
    for (const line of [
      `${call}"%_prog%" --flag "%dp0%\\cli.js" %*`,
      `${call}"%_prog%"  "%dp0%\\cli.js"`,
      `${call}"%_prog%"  "%dp0%\\%NAME%.js" %*`,
      `"%_prog%"  "%dp0%\\a.js" %*\r\n"%_prog%"  "%dp0%\\b.js" %*`,
    ])
      assert.equal(scriptOfShim(shim(line)), null, line);
    assert.equal(scriptOfShim('@echo off\r\nnode "%~dp0\\cli.js" %*\r\n'), null);
    assert.equal(scriptOfShim(''), null);
  });
});

describe('bash on Windows', () => {
  it('is not that of WSL', () => {
    for (const file of ['C:\\Windows\\System32\\bash.exe', 'c:\\WINDOWS\\Sysnative\\bash.EXE'])
      assert.equal(isOfWsl(file), true, file);
    assert.equal(isOfWsl('C:\\Users\\a\\AppData\\Local\\Microsoft\\WindowsApps\\bash.exe'), true);
    for (const file of ['C:\\Program Files\\Git\\bin\\bash.exe', 'C:\\msys64\\usr\\bin\\bash.exe'])
      assert.equal(isOfWsl(file), false, file);
  });

  it('is looked for beside git, then in the folders of its installer', () =>
    onPlatform('win32', () => {
      const env = { PROGRAMFILES: 'C:\\Program Files', LocalAppData: 'C:\\Users\\a\\AppData\\Local' };
      const [first, second, ...usual] = placesOfGit('D:\\Git\\mingw64\\bin\\git.exe', env);
      assert.deepEqual([first, second], ['D:\\Git\\mingw64\\bin\\bash.exe', 'D:\\Git\\bin\\bash.exe']);
      assert.deepEqual(usual, placesOfGit(null, env));
      assert.deepEqual(usual, [
        'C:\\Program Files\\Git\\bin\\bash.exe',
        'C:\\Users\\a\\AppData\\Local\\Programs\\Git\\bin\\bash.exe',
      ]);
      assert.equal(placesOfGit('D:\\Git\\cmd\\git.exe', {})[0], 'D:\\Git\\bin\\bash.exe');
    }));
});
