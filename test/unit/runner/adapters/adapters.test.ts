import assert from 'node:assert/strict';
import { bypassesPermissions } from '../../../../src/config/permissionBypass';
import { type AgentName, agentNames } from '../../../../src/core/config';
import type { AgentRequest, McpServer } from '../../../../src/runner/adapters/adapter';
import { adapters } from '../../../../src/runner/adapters/adapters';
import { limitIn, needsPerson } from '../../../../src/runner/adapters/limitText';
import { resetTimeIn } from '../../../../src/runner/resetTime';
import { limitSayings } from '../../../support/agents/limitLines';

const plain: AgentRequest = {
  prompt: 'Fix "the" tests',
  model: null,
  permission: null,
  max_turns: null,
  max_budget_usd: null,
  session: null,
  resume: false,
  args: [],
  mcp: null,
};

const mcp: McpServer = {
  name: 'sparkq',
  command: 'node',
  args: ['cli.js', 'mcp'],
  env: { AS_NODE: '1' },
  inherits: ['SPARKQ_TASK_ID'],
};

function lineOf(name: AgentName, more: Partial<AgentRequest> = {}): string {
  return adapters[name].call({ ...plain, ...more }).args.join(' ');
}

describe('the command line of an agent', () => {
  it('asks for events, and for a mode in which it may edit but not do anything', () => {
    assert.deepEqual(Object.fromEntries(agentNames.map((name) => [name, lineOf(name)])), {
      claude: '-p --output-format stream-json --verbose --permission-mode acceptEdits',
      codex: 'exec --json --sandbox workspace-write -c approval_policy="never" -',
      copilot: '--output-format json -s --no-ask-user --allow-tool=write',
      gemini: '--output-format stream-json --approval-mode auto_edit',
      cursor: '-p --output-format stream-json --trust',
      opencode: 'run --format json',
    });
  });

  it('has the prompt in its standard input alone', () => {
    for (const name of agentNames) {
      const { args, stdin, env } = adapters[name].call(plain);
      assert.equal(stdin, plain.prompt);
      assert.ok(!JSON.stringify([args, env]).includes('tests'), name);
    }
  });

  it('has what the configuration says, its own arguments last', () => {
    const more = { model: 'm', permission: 'plan', max_turns: 9, max_budget_usd: 1.5, args: ['--x', 'y z'] };
    assert.equal(
      lineOf('claude', more),
      '-p --output-format stream-json --verbose --permission-mode plan --model m --max-turns 9 --max-budget-usd 1.5 --x y z',
    );
    assert.match(
      lineOf('codex', { ...more, permission: 'read-only' }),
      /--sandbox read-only .* --model m --x y z -$/,
    );
    assert.match(
      lineOf('copilot', { ...more, permission: 'write, shell(git:*)' }),
      /--allow-tool=write, shell\(git:\*\) --model m --x/,
    );
    assert.match(lineOf('gemini', more), /--approval-mode plan --model m --x y z$/);
    assert.match(lineOf('cursor', more), /--mode plan --model m --x y z$/);
    assert.match(lineOf('opencode', more), /--agent plan --model m --x y z$/);
  });

  it('begins a session of a given name, or goes on with one', () => {
    const session = 'abc';
    assert.match(lineOf('claude', { session }), / --session-id abc /);
    for (const name of ['codex', 'copilot', 'gemini', 'cursor', 'opencode'] as const)
      assert.doesNotMatch(lineOf(name, { session }), /abc/);
    const resumed = (name: AgentName) => lineOf(name, { session, resume: true, args: ['-x'] });
    assert.match(resumed('claude'), / --resume abc /);
    assert.match(resumed('codex'), / -x resume abc -$/);
    assert.match(resumed('copilot'), / --resume=abc /);
    assert.match(resumed('gemini'), / --resume abc /);
    assert.match(resumed('cursor'), / --resume abc /);
    assert.match(resumed('opencode'), / --session abc /);
  });

  it('offers the tools of the queue where a command line can, and allows them', () => {
    const call = (name: AgentName) => adapters[name].call({ ...plain, mcp });
    const line = (name: AgentName) => call(name).args.join(' ');
    assert.match(
      line('claude'),
      /--mcp-config {"mcpServers":{"sparkq":{"command":"node","args":\["cli.js","mcp"\],"env":{"AS_NODE":"1"}}}} --allowedTools mcp__sparkq$/,
    );
    const settings = [
      'command="node"',
      'args=["cli.js","mcp"]',
      'env_vars=["SPARKQ_TASK_ID"]',
      'default_tools_approval_mode="approve"',
      'env.AS_NODE="1"',
    ];
    const words = settings.flatMap((one) => ['-c', `mcp_servers.sparkq.${one}`]);
    assert.deepEqual(call('codex').args.slice(-words.length - 1), [...words, '-']);
    assert.match(line('copilot'), /--additional-mcp-config {.*"env":{"AS_NODE":"1"}.*} --allow-tool=sparkq$/);
    assert.match(call('opencode').env.OPENCODE_CONFIG_CONTENT ?? '', /"command":\["node","cli.js","mcp"\]/);
    for (const name of agentNames) {
      const { args, env } = call(name);
      assert.equal(JSON.stringify([args, env]).includes('sparkq'), adapters[name].abilities.mcp, name);
    }
  });

  it('never lets an agent do anything without asking, unless that is written out', () => {
    for (const name of agentNames) {
      const { args, env } = adapters[name].call({ ...plain, mcp });
      assert.ok(!bypassesPermissions({ agent: name, permission: null, agent_args: args }), name);
      assert.ok(!('OPENCODE_PERMISSION' in env));
    }
  });
});

describe('a permission that lets an agent do anything', () => {
  const bypass = (agent: AgentName, permission: string | null, ...agent_args: string[]) =>
    bypassesPermissions({ agent, permission, agent_args });

  it('is known by the words of each agent', () => {
    const words: Record<AgentName, { bypass: string[]; not: string[] }> = {
      claude: { bypass: ['bypassPermissions'], not: ['acceptEdits', 'plan', 'default', 'dontAsk', 'auto'] },
      codex: { bypass: ['danger-full-access'], not: ['workspace-write', 'read-only'] },
      copilot: {
        bypass: ['allow-all-tools', 'allow-all', 'yolo', 'shell', 'write, shell', 'shell(*)'],
        not: ['write', 'write, shell(git:*)', 'shell(npm test)'],
      },
      gemini: { bypass: ['yolo'], not: ['auto_edit', 'default', 'plan'] },
      cursor: { bypass: ['force', 'yolo'], not: ['plan', 'ask'] },
      opencode: { bypass: ['allow', 'dangerously-skip-permissions'], not: ['build', 'plan'] },
    };
    for (const name of agentNames) {
      for (const word of words[name].bypass) {
        assert.ok(bypass(name, word), `${name} ${word}`);
        // Whatever an adapter makes of it is one as well.
        const { args, env } = adapters[name].call({ ...plain, permission: word });
        const made = 'OPENCODE_PERMISSION' in env || bypass(name, null, ...args);
        assert.ok(made || word.includes('shell'), `${name} ${word}`);
      }
      for (const word of words[name].not) assert.ok(!bypass(name, word), `${name} ${word}`);
      assert.ok(!bypass(name, null));
    }
    assert.ok(!bypassesPermissions({ agent: null, permission: 'yolo', agent_args: [] }));
  });

  it('is known among the arguments, too', () => {
    assert.ok(bypass('claude', null, '--dangerously-skip-permissions'));
    assert.ok(bypass('claude', 'plan', '--permission-mode', 'bypassPermissions'));
    assert.ok(bypass('codex', null, '--yolo'));
    assert.ok(bypass('codex', null, '-c', 'sandbox_mode="danger-full-access"'));
    assert.ok(bypass('gemini', null, '-y'));
    assert.ok(!bypass('claude', null, '--add-dir', '../other'));
  });
});

describe('what an agent says went wrong', () => {
  it('is a limit where it announces one, and says until when', () => {
    const now = Date.parse('2026-11-26T10:00:00Z');
    for (const saying of limitSayings) {
      const limit = limitIn(saying);
      assert.ok(limit, saying);
      assert.ok(resetTimeIn(String(limit.until), now), saying);
    }
    assert.equal(limitIn("You've hit your session limit · resets 3pm")?.name, 'session limit');
    assert.equal(
      limitIn("You've hit your usage limit for GPT-5.3-Codex. Try again in 2 days.")?.model,
      'GPT-5.3-Codex',
    );
    assert.equal(limitIn('Opus weekly limit reached ∙ resets 5pm')?.model, 'opus');
  });

  it('is none where it talks about limits', () => {
    const reports = [
      'The service says "rate limit reached" when it is called too often.',
      'I added a test for "You\'ve hit your limit · resets 8pm".',
      'API Error: 500 Internal server error',
      'The turn limit was raised.',
      `Usage limit reached: a report. ${'It goes on and on. '.repeat(40)}`,
      'No conversation found with session ID: 5f0a',
    ];
    for (const report of reports) assert.equal(limitIn(report), null, report);
  });

  it('needs a person where nobody is logged in, or has paid', () => {
    for (const saying of [
      'Not logged in · Please run /login',
      'Invalid API key · Please run /login',
      'Failed to authenticate. API Error: 401 Invalid authentication credentials',
      'Login expired · Please run /login',
      'exceeded retry limit, last status: 401 Unauthorized, request id: 9a57',
      'Credit balance is too low',
      'Quota exceeded. Check your plan and billing details.',
    ])
      assert.ok(needsPerson(saying), saying);
    for (const saying of ['API Error: 500', 'I wrote a page for people who are not logged in.'])
      assert.ok(!needsPerson(saying), saying);
  });
});
