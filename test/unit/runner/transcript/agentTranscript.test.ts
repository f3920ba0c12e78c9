import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type AgentName, agentNames } from '../../../../src/core/config';
import type { TranscriptChange, TranscriptItem } from '../../../../src/pages/taskPage/transcript';
import { AgentTranscript } from '../../../../src/runner/transcript/agentTranscript';

const folder = 'test/fixtures/agentRuns';

function stream(agent: AgentName, name: string): Buffer {
  return readFileSync(path.join(folder, agent, `${name}.jsonl`));
}

/** The items that changes amount to, by their ids. */
function itemsOf(changes: readonly TranscriptChange[]): Map<number, TranscriptItem> {
  const items = new Map<number, TranscriptItem>();
  for (const change of changes) {
    const item = items.get(change.id);
    if (change.kind === 'new') {
      assert.equal(item, undefined);
      items.set(change.id, structuredClone(change.item));
    } else if (change.kind === 'more' && item && 'text' in item) item.text += change.text;
    else if (change.kind === 'ended' && item?.kind === 'call') {
      const { ok, output, diff } = change;
      items.set(change.id, { ...item, state: ok ? 'ok' : 'failed', output, diff: diff ?? item.diff });
    } else assert.fail(`${change.kind} of ${change.id}`);
  }
  return items;
}

function read(agent: AgentName, bytes: Buffer, { start = 0, resumed = false, piece = bytes.length } = {}) {
  const transcript = new AgentTranscript({ agent, resumed }, start);
  const changes: TranscriptChange[] = [];
  for (let from = start; from < bytes.length; from += piece)
    changes.push(...transcript.push(bytes.subarray(from, from + piece)));
  return itemsOf([...changes, ...transcript.end()]);
}

const listOf = (items: Map<number, TranscriptItem>) => [...items.values()];
const kindsOf = (items: Map<number, TranscriptItem>) => listOf(items).map(({ kind }) => kind);
const said = (text: string) => ({ type: 'assistant', message: { content: [{ type: 'text', text }] } });
const claude = (...lines: object[]) => Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));

describe('the transcript of an agent', () => {
  it('has what it says, what it calls and how it ends', () => {
    assert.deepEqual(listOf(read('claude', stream('claude', 'success'))), [
      { kind: 'message', text: 'I look at the tests.' },
      { kind: 'call', name: 'Bash', input: 'npm test', state: 'failed', output: '1 failing', diff: null },
      {
        kind: 'call',
        name: 'Edit',
        input: '/work/a.test.ts',
        state: 'ok',
        output: 'The file was updated.',
        diff: '-const x = 1;\n+const x = 2;',
      },
      { kind: 'message', text: 'Both tests pass now.\n\nThe second one was missing a fixture: I added it.' },
      { kind: 'end', ok: true, text: null, turns: 4, cost_usd: 0.25 },
    ]);
  });

  it('says nothing twice, never in JSON, and knows what all agents do', () => {
    for (const agent of agentNames)
      for (const file of readdirSync(path.join(folder, agent))) {
        const items = listOf(read(agent, stream(agent, path.basename(file, '.jsonl'))));
        const texts = items.flatMap((item) => ('text' in item && item.text ? item.text.trim() : []));
        assert.deepEqual([...new Set(texts)], texts, `${agent}/${file}`);
        assert.ok(!texts.some((text) => /^\s*\{"/m.test(text)), `${agent}/${file}`);
        if (file === 'success.jsonl') {
          assert.deepEqual(
            items.filter(({ kind }) => !['message', 'call', 'end'].includes(kind)),
            [],
            agent,
          );
          assert.ok(
            items.some((item) => item.kind === 'call' && item.state === 'ok'),
            agent,
          );
          assert.ok(
            items.some((item) => item.kind === 'end' && item.ok),
            agent,
          );
          assert.ok(
            items.some(({ kind }) => kind === 'message'),
            agent,
          );
        }
      }
  });

  it('tells of refusals, questions and limits, each once', () => {
    assert.ok(kindsOf(read('claude', stream('claude', 'denied'))).includes('denied'));
    assert.ok(kindsOf(read('opencode', stream('opencode', 'asking'))).includes('asked'));
    const asked = listOf(read('claude', stream('claude', 'question'))).find(
      ({ kind }) => kind === 'question',
    );
    assert.deepEqual(asked, { kind: 'question', text: 'Which port?', choices: ['8080', '9090'] });
    const limited = listOf(read('claude', stream('claude', 'limit')));
    assert.deepEqual(
      limited.filter(({ kind }) => kind === 'limit'),
      [{ kind: 'limit', name: '5-hour limit', model: null, until: 1785274800_000 }],
    );
    assert.deepEqual(limited.at(-1), { kind: 'end', ok: false, text: null, turns: 1, cost_usd: 0 });
  });

  it('is the same wherever its bytes are cut', () => {
    for (const agent of agentNames) {
      const bytes = stream(agent, 'success');
      const whole = read(agent, bytes);
      for (const piece of [1, 7, 100]) assert.deepEqual(read(agent, bytes, { piece }), whole, agent);
    }
  });

  it('begins with the first whole line, with the same ids as from the beginning', () => {
    const bytes = stream('claude', 'success');
    const whole = read('claude', bytes);
    const start = bytes.indexOf('"name":"Bash"');
    const part = read('claude', bytes, { start });
    // The beginning of the call is missing: its end has no name.
    const [first, ...others] = [...part.entries()];
    assert.deepEqual(first?.[1], {
      kind: 'call',
      name: null,
      input: '',
      state: 'failed',
      output: '1 failing',
      diff: null,
    });
    assert.deepEqual(others, [...whole.entries()].slice(2));
  });

  it('shows where bytes were dropped, and nothing of the lines that were cut', () => {
    const one = claude(said('one'), said('a line that is cut'));
    const two = claude(said('another one'), said('two'));
    const transcript = new AgentTranscript({ agent: 'claude', resumed: false });
    const gap = { from: one.length - 20, to: 5_000 };
    const changes = [
      ...transcript.push(one.subarray(0, gap.from)),
      ...transcript.skip(gap),
      ...transcript.push(two.subarray(20)),
    ];
    assert.deepEqual(
      [...itemsOf(changes).values()],
      [
        { kind: 'message', text: 'one' },
        { kind: 'gap', ...gap },
        { kind: 'message', text: 'two' },
      ],
    );
    assert.ok((changes.at(-1)?.id ?? 0) > gap.to);
  });

  it('leaves out what is left of an event of an agent that was ended', () => {
    const bytes = claude(said('one'), said('two'));
    assert.deepEqual(listOf(read('claude', bytes.subarray(0, -10))), [{ kind: 'message', text: 'one' }]);
    assert.deepEqual(listOf(read('claude', Buffer.from('Killed'))), [{ kind: 'output', text: 'Killed' }]);
  });

  it('joins the parts of a message, and lines of output', () => {
    const delta = (content: string) =>
      `${JSON.stringify({ type: 'message', role: 'assistant', content, delta: true })}\n`;
    const bytes = Buffer.from(`warning\nof two lines\n${delta('One ')}${delta('message')}`);
    assert.deepEqual(listOf(read('gemini', bytes)), [
      { kind: 'output', text: 'warning\nof two lines' },
      { kind: 'message', text: 'One message' },
    ]);
  });

  it('has no control characters, and no item of any length', () => {
    const text = '\u001b[31mred\u001b[0m \u001b]0;title\u0007\u0000 \u202eback';
    const [message] = listOf(read('claude', claude(said(text))));
    assert.deepEqual(message, { kind: 'message', text: 'red \u2400 \ufffdback' });
    const long = listOf(read('claude', claude(said('x'.repeat(500_000)))));
    assert.ok(long[0]?.kind === 'message' && long[0].text.length <= 65_536);
    const flood = listOf(read('claude', Buffer.from('a line\n'.repeat(100_000)), { piece: 65_536 }));
    assert.ok(flood.length < 20 && flood.length > 5, `${flood.length}`);
  });

  it('knows no cost of what it has seen in part, or of a session that goes on', () => {
    const end = (items: Map<number, TranscriptItem>) => listOf(items).at(-1);
    const claudes = end(read('claude', stream('claude', 'success'), { resumed: true }));
    assert.ok(claudes?.kind === 'end' && claudes.turns === 4 && claudes.cost_usd === null);
    const bytes = stream('opencode', 'success');
    const whole = end(read('opencode', bytes));
    assert.ok(whole?.kind === 'end' && (whole.turns ?? 0) > 1 && whole.cost_usd !== null);
    const part = end(read('opencode', bytes, { start: bytes.indexOf('\n') }));
    assert.ok(part?.kind === 'end' && part.turns === null && part.cost_usd === null);
  });
});
