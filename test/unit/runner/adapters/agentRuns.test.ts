import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type AgentName, agentNames } from '../../../../src/core/config';
import type { Usage } from '../../../../src/core/model';
import { adapters } from '../../../../src/runner/adapters/adapters';
import type { AgentEvent } from '../../../../src/runner/adapters/agentEvents';
import { AgentReader } from '../../../../src/runner/adapters/agentReader';
import { type AgentRecord, AgentRun } from '../../../../src/runner/adapters/agentRun';
import { limitEnd } from '../../../../src/runner/agentReport';
import { limitLines, limitSayings } from '../../../support/agents/limitLines';

const answer = 'Both tests pass now.\n\nThe second one was missing a fixture: I added it.';

function printed(agent: AgentName, name: string): Buffer {
  return readFileSync(path.join('test', 'fixtures', 'agentRuns', agent, `${name}.jsonl`));
}

const fresh = { resumes: null, begins: null, earlier: null, idle_timeout: 600, end_grace: 10 };

interface Circumstances {
  resumes: string | null;
  earlier: Usage | null;
  code: number | null;
  stalled: boolean;
}

function recordOf(agent: AgentName, name: string, more: Partial<Circumstances> = {}): AgentRecord {
  const { resumes = null, earlier = null, code = 0, stalled = false } = more;
  const run = new AgentRun({ ...fresh, name: agent, resumes, earlier });
  run.push(printed(agent, name));
  return run.finish(code, stalled);
}

function eventsOf(agent: AgentName, name: string): AgentEvent[] {
  const reader = new AgentReader(adapters[agent].reader(false));
  return [...reader.push(printed(agent, name)), ...reader.end()];
}

const usage = (known: Partial<Usage>): Usage => ({
  input: null,
  cached: null,
  output: null,
  cost_usd: null,
  turns: null,
  ...known,
});

describe('a run of an agent that succeeds', () => {
  const used: Record<AgentName, Usage> = {
    claude: usage({ input: 32_120, cached: 30_000, output: 640, cost_usd: 0.25, turns: 4 }),
    codex: usage({ input: 24_763, cached: 24_448, output: 122 }),
    copilot: usage({ output: 162 }),
    gemini: usage({ input: 1300, cached: 900, output: 200 }),
    cursor: usage({ input: 1050, cached: 900, output: 80 }),
    opencode: usage({ input: 2500, cached: 1400, output: 100, cost_usd: 0.03, turns: 2 }),
  };
  for (const name of Object.keys(used) as AgentName[]) {
    it(`has its answer, its session and what it used: ${name}`, () => {
      const { text, session, usage: found, ...rest } = recordOf(name, 'success');
      assert.equal(rest.outcome, 'done');
      assert.equal(text, answer);
      assert.ok(session);
      assert.deepEqual(found, used[name]);
      assert.deepEqual(rest.denied, []);
      assert.equal(rest.limit, null);
    });

    it(`has failed where it ends without a word: ${name}`, () => {
      const { outcome, text, usage: found } = recordOf(name, 'silent');
      assert.deepEqual([outcome, text], ['silent', null]);
      // What cannot be known is null; of OpenCode, the first step said so.
      assert.equal(found.cost_usd, name === 'opencode' ? 0.01 : null);
      assert.equal(recordOf(name, 'silent', { stalled: true, code: null }).outcome, 'stalled');
    });
  }

  it('tells of its messages, calls and edits, in order', () => {
    const story = (name: AgentName) =>
      eventsOf(name, 'success').flatMap((event): (string | boolean)[] => {
        if (event.kind === 'message') return [event.text];
        if (event.kind === 'tool_started') return [`${event.name}: ${event.input}`];
        return event.kind === 'tool_ended' ? [event.ok] : [];
      });
    assert.deepEqual(story('claude'), [
      'I look at the tests.',
      'Bash: npm test',
      false,
      'Edit: /work/a.test.ts',
      true,
      answer,
    ]);
    assert.deepEqual(story('codex'), [
      "command: bash -lc 'npm test'",
      false,
      'edit: update a.test.ts',
      true,
      'sparkq.update_task: {"percent":50}',
      true,
      answer,
    ]);
    assert.deepEqual(story('copilot'), ['bash: npm test', true, 'edit: /work/a.test.ts', true, answer]);
    assert.deepEqual(story('gemini'), [
      'I look at ',
      'the tests.',
      'run_shell_command: npm test',
      true,
      'replace: /work/a.test.ts',
      true,
      answer.slice(0, 20),
      answer.slice(20),
    ]);
    assert.deepEqual(story('cursor'), [
      'I look at the tests.',
      'shell: npm test',
      false,
      'edit: /work/a.test.ts',
      true,
      answer,
    ]);
    assert.deepEqual(story('opencode'), ['bash: npm test', true, 'edit: /work/a.test.ts', true, answer]);
  });

  it('gives its edits as differences, where the agent does', () => {
    const differences = (name: AgentName) =>
      eventsOf(name, 'success').flatMap((event) =>
        'diff' in event && event.diff !== null ? [event.diff] : [],
      );
    for (const name of ['claude', 'copilot', 'gemini', 'cursor', 'opencode'] as const) {
      const found = differences(name);
      assert.ok(found.length > 0, name);
      for (const one of found) assert.match(one, /^- ?const x = 1;\n\+ ?const x = 2;$/m);
    }
    assert.deepEqual(differences('codex'), []);
  });
});

describe('the end that an agent tells of', () => {
  const outcomeOf = (name: AgentName, of: string, code = 0) => {
    const { outcome, text } = recordOf(name, of, { code });
    return [outcome, text];
  };

  it('decides: a success with an error is a failure, whatever the exit code', () => {
    const said = 'API Error: 500 Internal server error';
    assert.deepEqual(outcomeOf('claude', 'success-is-error'), ['failed', said]);
    assert.deepEqual(outcomeOf('cursor', 'success-is-error'), ['failed', 'Connection lost']);
    assert.deepEqual(outcomeOf('claude', 'success', 1), ['done', answer]);
    assert.deepEqual(outcomeOf('gemini', 'warning'), ['done', answer]);
    assert.deepEqual(outcomeOf('codex', 'recovered'), ['done', answer]);
    assert.deepEqual(outcomeOf('codex', 'failed', 1), [
      'failed',
      'stream disconnected before completion: error sending request',
    ]);
  });

  it('is no more than the last step of OpenCode, so that its exit code has to agree', () => {
    assert.deepEqual(outcomeOf('opencode', 'success', 1)[0], 'failed');
    assert.equal(recordOf('opencode', 'success', { code: null }).outcome, 'done');
    assert.deepEqual(outcomeOf('opencode', 'failed'), ['failed', 'Model not found: a/b.']);
  });

  it('says that turns or money are used up', () => {
    assert.equal(outcomeOf('claude', 'max-turns')[0], 'budget');
    assert.deepEqual(outcomeOf('claude', 'max-budget'), ['budget', 'Reached maximum budget ($1)']);
    assert.equal(outcomeOf('gemini', 'max-turns', 53)[0], 'budget');
    assert.equal(outcomeOf('gemini', 'silent', 53)[0], 'budget');
    assert.equal(outcomeOf('gemini', 'silent', 41)[0], 'login');
  });

  it('says that somebody has to log in', () => {
    for (const name of ['claude', 'codex', 'copilot', 'opencode'] as const) {
      const [outcome, text] = outcomeOf(name, 'login', 1);
      assert.equal(outcome, 'login', name);
      assert.ok(text, name);
    }
  });

  it('says which permissions were refused', () => {
    const refused = (name: AgentName) => recordOf(name, 'denied').denied;
    assert.deepEqual(refused('claude'), [{ tool: 'Bash', input: 'rm -r build' }]);
    assert.deepEqual(recordOf('codex', 'declined').denied, [{ tool: 'command', input: 'rm -r /' }]);
    assert.deepEqual(refused('copilot'), [{ tool: 'bash', input: null }]);
    assert.deepEqual(refused('gemini'), [{ tool: 'run_shell_command', input: 'rm -r build' }]);
    assert.deepEqual(refused('cursor'), [{ tool: 'shell', input: 'rm -r build' }]);
    assert.deepEqual(refused('opencode')[0], { tool: 'external_directory', input: '/etc/*' });
  });

  it('says which permission it waited for when it was stopped', () => {
    const stalled = { stalled: true, code: null };
    assert.deepEqual(recordOf('copilot', 'asking', stalled).asked, { tool: 'shell', input: 'rm -r build' });
    assert.deepEqual(recordOf('opencode', 'asking', stalled).asked, {
      tool: 'external_directory',
      input: '/etc/*',
    });
    assert.equal(recordOf('claude', 'silent', stalled).asked, null);
  });

  it('has the question, where the agent has a way to ask', () => {
    const { question, denied, outcome } = recordOf('claude', 'question');
    assert.deepEqual(question, { text: 'Which port?', choices: ['8080', '9090'] });
    assert.deepEqual([outcome, denied], ['done', []]);
  });

  it('has several questions as one, to be answered in words', () => {
    const [end = ''] = printed('claude', 'question').toString().trim().split('\n').slice(-1);
    const result = JSON.parse(end) as { permission_denials: { tool_input: { questions: unknown[] } }[] };
    const more = { question: 'Which host?', options: [{ label: 'localhost' }] };
    result.permission_denials[0]?.tool_input.questions.push(more, more);
    const run = new AgentRun({ ...fresh, name: 'claude' });
    run.push(Buffer.from(JSON.stringify(result)));
    const text = 'Which port?\nWhich host?';
    assert.deepEqual(run.finish(0, false).question, { text, choices: [] });
  });
});

describe('a limit of an agent', () => {
  const limitOf = (name: AgentName, of: string) => {
    const { outcome, limit } = recordOf(name, of, { code: 1 });
    return { outcome, ...limit };
  };

  it('has its time as a number where the agent gives one, and its name', () => {
    assert.deepEqual(limitOf('claude', 'limit'), {
      outcome: 'limited',
      until: 1_785_274_800_000,
      name: '5-hour limit',
      model: null,
    });
    assert.deepEqual(limitOf('claude', 'limit-of-a-model'), {
      outcome: 'limited',
      until: 1_785_474_800_000,
      name: 'weekly limit of Opus',
      model: 'opus',
    });
  });

  it('has what the agent says where it gives no number', () => {
    assert.deepEqual(limitOf('claude', 'limit-text'), {
      outcome: 'limited',
      until: 'Claude AI usage limit reached|1754913600',
      name: 'usage limit',
      model: null,
    });
    assert.match(String(limitOf('codex', 'limit').until), /try again at 12:16 PM\.$/);
    assert.match(String(limitOf('copilot', 'limit').until), /try again in 2 hours/);
    assert.match(String(limitOf('gemini', 'limit').until), /Try again in 2 hours 3 minutes 12 seconds\.$/);
    assert.match(String(limitOf('opencode', 'limit').until), /retry after 30$/);
    assert.equal(limitOf('cursor', 'limit').outcome, 'limited');
    for (const name of ['codex', 'copilot', 'gemini', 'opencode'] as const)
      assert.equal(limitOf(name, 'limit').outcome, 'limited', name);
  });

  it('is read whatever its text says, from whichever agent, also after an answer', () => {
    const now = Date.parse('2026-11-26T10:00:00Z');
    for (const name of agentNames) {
      for (const saying of limitSayings) {
        const run = new AgentRun({ name, ...fresh });
        run.push(printed(name, 'silent'));
        run.push(Buffer.from(limitLines(name, 's', saying)));
        const { outcome, limit } = run.finish(1, false);
        assert.equal(outcome, 'limited', `${name} ${saying}`);
        assert.ok(limitEnd(limit, now), `${name} ${saying}`);
      }
    }
  });

  it('is none where a report talks about limits, or the agent only warns', () => {
    assert.deepEqual(recordOf('claude', 'report-about-limits').outcome, 'done');
    assert.deepEqual(recordOf('codex', 'recovered').limit, null);
  });
});

describe('a run that goes on with a session', () => {
  const session = '5f0a3c1e-6d0b-4c6f-9a51-0d5c2f7e8a10';

  it('has used what the session has used since', () => {
    const resumed = (name: AgentName, earlier: Usage | null) =>
      recordOf(name, 'success', { resumes: session, earlier }).usage;
    const before = usage({ input: 20_000, cached: 20_000, output: 100, cost_usd: 0.2, turns: 2 });
    const { cost_usd, turns, output } = resumed('claude', before);
    assert.ok(Math.abs((cost_usd ?? 0) - 0.05) < 1e-9);
    assert.deepEqual([turns, output], [4, 640]);
    assert.deepEqual(resumed('codex', before), usage({ input: 4763, cached: 4448, output: 22 }));
    assert.deepEqual(resumed('gemini', before), usage({}));
    assert.equal(resumed('opencode', before).cost_usd, 0.03);
  });

  it('has a cost that nobody knows where the earlier one is not known', () => {
    const { cost_usd, turns } = recordOf('claude', 'success', { resumes: session }).usage;
    assert.deepEqual([cost_usd, turns], [null, 4]);
  });

  it('has lost it where the agent fails before it answers, but not at a limit', () => {
    const lost = (of: string, resumes: string | null = session) =>
      recordOf('claude', of, { resumes, code: 1 }).lost_session;
    assert.equal(lost('no-session'), true);
    assert.equal(lost('no-session', null), false);
    assert.equal(lost('limit'), false);
    assert.equal(lost('login'), false);
    assert.equal(lost('silent'), false);
    const nothing = new AgentRun({ name: 'opencode', ...fresh, resumes: 'ses_1' });
    assert.equal(nothing.finish(0, false).lost_session, true);
  });
});

describe('what an agent prints', () => {
  it('is read alike however it is cut', () => {
    const text = JSON.stringify({ type: 'result', subtype: 'success', result: 'Grüße 🎉, fertig.' });
    const bytes = Buffer.concat([printed('claude', 'silent'), Buffer.from(text)]);
    for (const size of [1, 7, 4096]) {
      const run = new AgentRun({ name: 'claude', ...fresh });
      for (let at = 0; at < bytes.length; at += size) run.push(bytes.subarray(at, at + size));
      assert.equal(run.hasEnded, false);
      assert.deepEqual(run.finish(0, false).text, 'Grüße 🎉, fertig.');
    }
  });

  it('is left out where a line is longer than 10 MB, and read on after it', () => {
    const run = new AgentRun({ name: 'claude', ...fresh });
    const part = Buffer.alloc(1024 * 1024, 'x');
    run.push(Buffer.from('{"type":"assistant","message":{"content":[{"type":"text","text":"'));
    for (let count = 0; count < 11; count++) run.push(part);
    run.push(Buffer.from('"}]}}\n'));
    run.push(printed('claude', 'success'));
    assert.equal(run.finish(0, false).outcome, 'done');
  });

  it('may be anything', () => {
    const odd = ['null', '[]', '7', '{}', '{"type":7}', 'Warning: old version', '{"type":"result"', '\u0000'];
    for (const { reader, name } of Object.values(adapters)) {
      const types = [
        'assistant',
        'user',
        'result',
        'system',
        'rate_limit_event',
        'tool_call',
        'tool_use',
        'error',
      ];
      const more = [
        'item.started',
        'item.completed',
        'turn.completed',
        'turn.failed',
        'session.error',
        'message',
      ];
      const lines = [
        ...odd,
        ...[...types, ...more].map((type) => JSON.stringify({ type, data: 3, item: [], part: 'x' })),
      ];
      const run = new AgentRun({ name, ...fresh });
      run.push(Buffer.from(lines.join('\n')));
      assert.notEqual(run.finish(0, false).outcome, 'done', name);
      assert.ok(reader(false));
    }
  });

  it('tells when silence may last: while a call is at work, and not while it waits for a permission', () => {
    const line = (value: unknown) => Buffer.from(`${JSON.stringify(value)}\n`);
    const run = new AgentRun({ name: 'copilot', ...fresh });
    assert.equal(run.isWorking, false);
    run.push(line({ type: 'tool.execution_start', data: { toolCallId: '1', toolName: 'bash' } }));
    assert.equal(run.isWorking, true);
    run.push(line({ type: 'permission.requested', data: { permissionRequest: { kind: 'shell' } } }));
    assert.equal(run.isWorking, false);
    run.push(line({ type: 'tool.execution_complete', data: { toolCallId: '1', success: true } }));
    assert.equal(run.isWorking, false);
    // A list of things to do is open for as long as the turn is.
    const codex = new AgentRun({ name: 'codex', ...fresh });
    codex.push(line({ type: 'item.started', item: { id: '1', type: 'todo_list' } }));
    assert.equal(codex.isWorking, false);
  });
});
