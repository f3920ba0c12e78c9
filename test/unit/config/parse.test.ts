import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseConfig } from '../../../src/config/parse';
import type { ConfigProblem } from '../../../src/core/config';
import { type Config, defaultConfig, outsideTool } from '../../../src/core/config';

/** The configuration of a text that must be right. */
function good(text: string): Config {
  const { config, problems } = parseConfig(text);
  assert.deepEqual(problems, []);
  assert.ok(config);
  return config;
}

/** Problems as `severity line:column message`. */
function told(text: string): string[] {
  return parseConfig(text).problems.map(
    ({ severity, line, column, message }: ConfigProblem) => `${severity} ${line}:${column} ${message}`,
  );
}

describe('parseConfig', () => {
  it('returns the defaults for a file that is empty, null or only comments', () => {
    for (const text of ['', '\n', '# nothing\n', 'null', '{}', '\uFEFF'])
      assert.deepEqual(good(text), defaultConfig);
  });

  it('returns the defaults for sections and values that are null', () => {
    const text = `project:\nserver:\n  port:\npurge:\narchive:\nscript_dirs:\ntask_classes:\n  FAST_SCRIPT:\ntools:\n  run-bash:\nrunner:\n`;
    assert.deepEqual(good(text), defaultConfig);
  });

  it('takes a null for the age of unreviewed tasks as never', () => {
    assert.deepEqual(good('purge: {older_than_days: null, unreviewed_after_days: null}').purge, {
      older_than_days: 3,
      unreviewed_after_days: null,
    });
  });

  it('reads every key', () => {
    const config = good(`
project: { name: api, repo_path: /src/api, prd_path: docs/prd.md }
server: { host: localhost, port: 9000 }
database: { url: "postgresql://db/w", hosts: [db2], schema: ours }
purge: { older_than_days: 10, unreviewed_after_days: 11 }
archive: { keep_days: 20, max_mb: 30 }
script_dirs: [tools, ./more/]
task_classes:
  FAST_SCRIPT: { timeout: 5 }
  OWN: { timeout: 6 }
worktree_keep_days: 7
agents: { enqueue: prompts, default: llm-haiku, budget: { day_usd: 2.5, day_tasks: 40 } }
runner: { output_limit: 65536, kill_grace_ms: 0, backoff_ms: 10, backoff_max_ms: 10 }
hooks: { on_finish: say, on_failure: [say, 1.10], on_idle: }
schedules:
  nightly: { cron: "0 2 * * *", tz: Europe/Berlin, missed: once, overlap: queue, stream: s, script: a.sh, args: [1.10], tool: t, needs: { gpu: 2 }, verify: make }
tools:
  all:
    description: Everything
    task_class: OWN
    timeout: 7
    kill_after: 8
    command: [prog, -x]
    args: [last]
    input: prompt-argument
    shell: true
    env: { A: b }
    env_allow: [C, D_*]
    cwd: sub
    max_attempts: 3
    limited_pattern: 'until (?<until>.*)'
    problem_matcher: $tsc
    leave_background: true
    nice: 10
    memory_max: 4G
    needs: { gpu: 1 }
    account: night
    verify: [npm, test]
    verify_attempts: 3
    fallback: other
    worktree: task
    worktree_base: working
    worktree_setup: [npm, ci]
    snapshot: true
  agent:
    agent: claude
    model: opus
    permission: acceptEdits
    max_turns: 40
    max_budget_usd: 1.5
    idle_timeout: 90
    resume: false
    args: [--add-dir, ../lib]
    verify: check
`);
    const { all, agent, ...others } = config.tools;
    assert.deepEqual(others, defaultConfig.tools);
    assert.deepEqual(all, {
      description: 'Everything',
      task_class: 'OWN',
      timeout: 7,
      kill_after: 8,
      command: ['prog', '-x', 'last'],
      input: 'prompt-argument',
      shell: true,
      env: { A: 'b' },
      env_allow: ['C', 'D_*'],
      cwd: 'sub',
      max_attempts: 3,
      limited_pattern: 'until (?<until>.*)',
      problem_matcher: ['$tsc'],
      leave_background: true,
      nice: 10,
      memory_max: '4G',
      needs: { gpu: 1 },
      agent: null,
      model: null,
      permission: null,
      max_turns: null,
      max_budget_usd: null,
      idle_timeout: 600,
      resume: true,
      account: 'night',
      agent_args: [],
      verify: ['npm', 'test'],
      verify_attempts: 3,
      fallback: 'other',
      worktree: 'task',
      worktree_base: 'working',
      worktree_setup: ['npm', 'ci'],
      snapshot: true,
    });
    assert.deepEqual(agent, {
      ...outsideTool,
      task_class: 'LLM_HEAVY',
      command: [],
      input: 'prompt-stdin',
      agent: 'claude',
      model: 'opus',
      permission: 'acceptEdits',
      max_turns: 40,
      max_budget_usd: 1.5,
      idle_timeout: 90,
      resume: false,
      agent_args: ['--add-dir', '../lib'],
      verify: ['check'],
    });
    assert.deepEqual(
      { ...config, tools: undefined },
      {
        project: { name: 'api', repo_path: '/src/api', prd_path: 'docs/prd.md' },
        server: { host: '127.0.0.1', port: 9000 },
        purge: { older_than_days: 10, unreviewed_after_days: 11 },
        database: { url: 'postgresql://db/w', hosts: ['db2'], schema: 'ours' },
        archive: { keep_days: 20, max_mb: 30 },
        script_dirs: ['tools', 'more'],
        task_classes: { ...defaultConfig.task_classes, FAST_SCRIPT: { timeout: 5 }, OWN: { timeout: 6 } },
        agents: { enqueue: 'prompts', default: 'llm-haiku', budget: { day_usd: 2.5, day_tasks: 40 } },
        worktree_keep_days: 7,
        runner: { output_limit: 65_536, kill_grace_ms: 0, backoff_ms: 10, backoff_max_ms: 10 },
        tools: undefined,
        hooks: { on_finish: ['say'], on_failure: ['say', '1.10'] },
        schedules: {
          nightly: {
            cron: '0 2 * * *',
            tz: 'Europe/Berlin',
            missed: 'once',
            overlap: 'queue',
            stream: 's',
            command: null,
            script: 'a.sh',
            args: ['1.10'],
            prompt: null,
            tool: 't',
            needs: { gpu: 2 },
            verify: ['make'],
          },
        },
        unconfirmed: [],
      },
    );
  });

  it('merges tools into the built-in ones', () => {
    const { tools } = good(
      'tools: {run-python: {args: [-u]}, run-bash: {command: null}, llm-haiku: {command: claude-p}, new: }',
    );
    assert.deepEqual(tools['run-python'], {
      ...defaultConfig.tools['run-python'],
      command: ['python3', '-u'],
    });
    assert.equal(tools['run-bash']?.command, null);
    assert.deepEqual(tools['llm-haiku'], { ...defaultConfig.tools['llm-haiku'], command: ['claude-p'] });
    assert.equal(tools.new?.command, null);
    assert.equal(tools.new?.task_class, 'MEDIUM_SCRIPT');
  });

  it('keeps the text of commands and variables as written', () => {
    const { tools } = good(
      'tools: {x: {command: [a, 1.10, 007], args: [on, 0x10], env: {A: 1.10, B: true, C: ""}}}',
    );
    assert.deepEqual(tools.x?.command, ['a', '1.10', '007', 'on', '0x10']);
    assert.deepEqual(tools.x?.env, { A: '1.10', B: 'true', C: '' });
  });

  it('reads one script folder as a list of one', () => {
    assert.deepEqual(good('script_dirs: lib\\tools').script_dirs, ['lib/tools']);
    assert.deepEqual(good('script_dirs: [.]').script_dirs, ['.']);
    assert.deepEqual(good('script_dirs: []').script_dirs, ['scripts']);
  });

  it('warns of unknown keys at their position, and continues', () => {
    const text = 'projct: 1\nproject:\n  name: x\n  nam: y\ntools:\n  t:\n    colour: red\n';
    assert.deepEqual(told(text), [
      'warning 1:1 The key projct is unknown and ignored.',
      'warning 4:3 The key project.nam is unknown and ignored.',
      'warning 7:5 The key tools.t.colour is unknown and ignored.',
    ]);
    assert.equal(parseConfig(text).config?.project.name, 'x');
  });

  it('accepts the keys of the database with a notice', () => {
    const { config, problems } = parseConfig('database:\n  path: sparkq.db\n  mode: wal\n');
    assert.deepEqual(config, defaultConfig);
    assert.deepEqual(
      problems.map(({ severity, line, column }) => [severity, line, column]),
      [
        ['notice', 2, 3],
        ['notice', 3, 3],
      ],
    );
  });

  const year = 31_536_000;
  const unusable: [string, string][] = [
    ['- a', '1:1 The file must be a mapping of keys to values.'],
    ['a: 1\na: 2', '2:1 The key is given twice.'],
    ['a: 1\n---\nb: 2', '2:1 The file contains more than one YAML document.'],
  ];
  const wrong: [string, string][] = [
    ['project:\n  name: ""', '2:9 project.name must be a name.'],
    ['server:\n  port: 99999', '2:9 server.port must be a port from 1 to 65535.'],
    [
      'server:\r\n  host: 0.0.0.0\r\n',
      '2:9 server.host must be 127.0.0.1 or localhost: SparkQ serves this machine only.',
    ],
    [
      'purge: {older_than_days: 0}',
      '1:26 purge.older_than_days must be a whole number of days from 1 to 36500.',
    ],
    ['script_dirs: ../x', '1:14 script_dirs must be a folder inside the workspace, relative to it.'],
    ['script_dirs: [a, /etc]', '1:18 script_dirs[1] must be a folder inside the workspace, relative to it.'],
    [
      'script_dirs: {a: b}',
      '1:14 script_dirs must be a folder inside the workspace, or a list of such folders.',
    ],
    ['task_classes: {X: 30}', '1:19 task_classes.X must be a mapping such as {timeout: 300}.'],
    [
      'task_classes:\n  X:\n    timeout: -1',
      `3:14 task_classes.X.timeout must be a whole number of seconds from 1 to ${year}.`,
    ],
    [
      'tools:\n  x:\n    timeout: 1.5',
      `3:14 tools.x.timeout must be a whole number of seconds from 1 to ${year}.`,
    ],
    [
      'tools:\n  x:\n    kill_after: 2m',
      `3:17 tools.x.kill_after must be a whole number of seconds from 1 to ${year}.`,
    ],
    [
      'tools:\n  x:\n    input: file',
      '3:12 tools.x.input must be script, prompt-stdin, prompt-argument, payload-stdin, argv or line.',
    ],
    [
      'tools:\n  x:\n    command: []',
      '3:14 tools.x.command must be a program, or a list of a program and its arguments.',
    ],
    ['tools:\n  x:\n    args: [a]', '3:11 tools.x.args needs a command.'],
    ['tools:\n  x:\n    env: {A: }', '3:14 tools.x.env.A must be text.'],
    ['tools:\n  x:\n    shell: "yes"', '3:12 tools.x.shell must be true or false.'],
    [
      'tools:\n  x:\n    problem_matcher: [$tsc, 5]',
      '3:22 tools.x.problem_matcher must be the name of a problem matcher such as $tsc, or a list of such names.',
    ],
    ['tools:\n  x:\n    limited_pattern: "("', '3:22 tools.x.limited_pattern must be a regular expression.'],
    [
      'tools:\n  1:\n    max_attempts: 0',
      '3:19 tools.1.max_attempts must be a whole number of attempts from 1 to 1000.',
    ],
    ['runner: {backoff_ms: 400000}', '1:22 runner.backoff_max_ms must not be less than runner.backoff_ms.'],
    [
      'runner:\n  output_limit: 1',
      '2:17 runner.output_limit must be a whole number of bytes from 65536 to 1073741824.',
    ],
  ];
  for (const [text, message] of unusable) {
    it(`cannot use ${JSON.stringify(text)}`, () => {
      assert.deepEqual(told(text), [`error ${message}`]);
      assert.equal(parseConfig(text).config, null);
    });
  }

  for (const [text, message] of wrong) {
    it(`ignores the value of ${JSON.stringify(text)}, and uses the rest`, () => {
      assert.deepEqual(told(text), [`warning ${message} It is ignored.`]);
      const { config } = parseConfig(text);
      assert.ok(config);
      const { x, 1: one, ...tools } = config.tools;
      assert.deepEqual({ ...config, tools }, defaultConfig);
      for (const tool of [x, one]) assert.deepEqual(tool ?? outsideTool, { ...outsideTool, env: {} });
    });
  }

  it('takes no agent for a tool that has a command', () => {
    const { config, problems } = parseConfig('tools:\n  x: { agent: claude, command: a }\n');
    assert.match(problems[0]?.message ?? '', /^tools\.x\.agent makes the command of each run/);
    assert.deepEqual(config?.tools.x, { ...outsideTool, command: ['a'] });
  });

  it('takes no schedule that could not be used, and says where it is wrong', () => {
    const cases: [string, string, RegExp][] = [
      ['command: x', '2:6', /needs a cron/],
      ['cron: "@daily"', '2:6', /needs one of command, script and prompt/],
      ['cron: "@daily", command: x, script: y', '2:6', /needs one of command/],
      ['cron: "@daily", prompt: x', '2:6', /needs a tool for its prompt/],
      ['cron: "@daily", command: x, args: [y]', '2:6', /has args, which only a script has/],
      ['cron: "99 2 * * *", command: x', '2:13', /cannot be used: Invalid cron: 99 2/],
      ['cron: "@daily", command: x, tz: Mars/Base', '2:39', /cannot be used: Invalid zone: Mars/],
    ];
    for (const [text, place, says] of cases) {
      const { config, problems } = parseConfig(
        `schedules:\n  a: {${text}}\n  b: {cron: "@daily", command: x}\n`,
      );
      const [problem] = problems;
      assert.match(problem?.message ?? '', says);
      assert.equal(`${problem?.line}:${problem?.column}`, place, text);
      assert.deepEqual(Object.keys(config?.schedules ?? {}), ['b'], text);
    }
  });

  it('takes as the tool of prompts of agents only one that there is, and that takes prompts', () => {
    const of = (tool: string, last?: unknown) => {
      const { config, problems } = parseConfig(
        `tools: {mine: {description: x}}\nagents: {default: ${tool}}`,
        last,
      );
      return [
        config?.agents.default,
        ...problems.map(({ line, column, message }) => [line, column, message]),
      ];
    };
    assert.deepEqual(of('mine'), ['mine']);
    assert.deepEqual(of('llm-haiku'), ['llm-haiku']);
    const gone = 'agents.default is gone, which no tool is called. It is ignored.';
    assert.deepEqual(of('gone', { agents: { default: 'gone' } }), [null, [2, 19, gone]]);
    for (const tool of ['run-bash', 'run-command']) {
      const message = `agents.default is ${tool}, which takes no prompt. It is ignored.`;
      assert.deepEqual(of(tool), [null, [2, 19, message]]);
    }
  });

  it('keeps the last valid value of a key that is wrong, and takes the others', () => {
    const last = parseConfig(
      'tools: {x: {command: [a], timeout: 7, args: [b], env: {A: c}}}\nrunner: {backoff_ms: 5, backoff_max_ms: 6}',
    );
    const { config, content, problems } = parseConfig(
      `project: {name: new}
tools: {x: {command: {}, timeout: soon, args: [b, {}], env: {A: [], B: d}}, y: {timeout: 0, shell: true}}
runner: {backoff_ms: 9}
`,
      last.content,
    );
    assert.equal(config?.project.name, 'new');
    assert.deepEqual(config?.tools.x, { ...last.config?.tools.x, env: { A: 'c', B: 'd' } });
    assert.deepEqual([config?.tools.y?.timeout, config?.tools.y?.shell], [null, true]);
    assert.deepEqual([config?.runner.backoff_ms, config?.runner.backoff_max_ms], [9, 300_000]);
    assert.deepEqual(
      problems.map(({ code, message }) => [code, /^\S+/.exec(message)?.[0], /[^.]+\.$/.exec(message)?.[0]]),
      [
        ['value', 'tools.x.command', ' The last valid value stays in effect.'],
        ['value', 'tools.x.timeout', ' The last valid value stays in effect.'],
        ['value', 'tools.x.args[1]', ' The last valid value stays in effect.'],
        ['value', 'tools.x.env.A', ' The last valid value stays in effect.'],
        ['value', 'tools.y.timeout', ' It is ignored.'],
      ],
    );
    // Wrong again: what is in effect stays.
    assert.equal(parseConfig('tools: {x: {timeout: never}}', content).config?.tools.x?.timeout, 7);
    // Left out: the default.
    assert.equal(parseConfig('tools: {x: {}}', content).config?.tools.x?.timeout, null);
  });

  it('keeps both values where they do not fit each other', () => {
    const { content } = parseConfig('runner: {backoff_ms: 5, backoff_max_ms: 6}');
    const { config, problems } = parseConfig('runner: {backoff_ms: 9, backoff_max_ms: 8}', content);
    assert.deepEqual([config?.runner.backoff_ms, config?.runner.backoff_max_ms], [5, 6]);
    assert.equal(problems.length, 1);
  });

  it('changes one of two aliases only', () => {
    const { config } = parseConfig('tools: {x: &x {timeout: no, cwd: a}, y: *x}', {
      tools: { x: { timeout: 3 } },
    });
    assert.deepEqual([config?.tools.x?.timeout, config?.tools.y?.timeout], [3, null]);
    assert.deepEqual([config?.tools.x?.cwd, config?.tools.y?.cwd], ['a', 'a']);
  });

  it('lets a tool inherit next to nothing if its list of variables is wrong', () => {
    assert.deepEqual(parseConfig('tools: {x: {env_allow: PATH}}').config?.tools.x?.env_allow, []);
    const last = { tools: { x: { env_allow: ['A'] } } };
    assert.deepEqual(parseConfig('tools: {x: {env_allow: [{}]}}', last).config?.tools.x?.env_allow, ['A']);
  });

  it('hints at a list or a shell for a program that looks like a command line', () => {
    assert.deepEqual(told('tools: {x: {command: make build}}'), [
      'notice 1:22 tools.x.command is the name of one program. To pass arguments, use a list, [make, build], or shell: true.',
    ]);
    assert.match(
      told('tools: {x: {command: "make \'a b\'"}}')[0] ?? '',
      /use a list of a program and its arguments, or/,
    );
    for (const command of [
      'make',
      '[make build]',
      'make build, shell: true',
      "'C:\\Program Files\\x.exe'",
      '" make "',
    ])
      assert.deepEqual(told(`tools: {x: {command: ${command}}}`), [], command);
  });

  it('reports the position of invalid YAML', () => {
    const { config, problems } = parseConfig('project:\n  name: [x\n');
    assert.equal(config, null);
    assert.ok(problems.every(({ severity, line }) => severity === 'error' && line >= 2));
    assert.ok(problems.length > 0);
  });

  it('resolves anchors, and survives cycles', () => {
    const { tools } = good('tools: {x: &x {command: a}, y: *x}');
    assert.deepEqual(tools.y, tools.x);
    assert.equal(parseConfig('tools: &a {x: *a}').problems[0]?.severity, 'warning');
  });

  it('is not confused by names of inherited properties', () => {
    assert.deepEqual(told('constructor: 1'), ['warning 1:1 The key constructor is unknown and ignored.']);
    assert.deepEqual(told('__proto__: {a: 1}'), ['warning 1:1 The key __proto__ is unknown and ignored.']);
  });

  it('never throws: it returns a configuration or an error with a position', () => {
    const word = fc.constantFrom(
      'tools',
      'server',
      'port',
      'script_dirs',
      'env',
      'command',
      ': ',
      '\n',
      '  ',
      '- ',
      '[',
      ']',
      '{',
      '}',
      '&a',
      '*a',
      'null',
      '1',
      '"',
      '<<',
      '!!set',
      '? ',
      '|',
      '#',
      '\t',
      'x',
    );
    const text = fc
      .array(fc.oneof(word, fc.string({ maxLength: 3 })), { maxLength: 40 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (yaml) => {
        const { config, problems } = parseConfig(yaml);
        assert.equal(
          config === null,
          problems.some(({ code }) => code === 'file'),
        );
        assert.ok(problems.every(({ line, column }) => line >= 1 && column >= 1));
      }),
      { numRuns: 500 },
    );
  });
});
