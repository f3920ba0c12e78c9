import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { AgentName } from '../../../../src/core/config';
import { english } from '../../../../src/core/translator';
import type { ToolCall, TranscriptChange, TranscriptItem } from '../../../../src/pages/taskPage/transcript';
import { AgentTranscript } from '../../../../src/runner/transcript/agentTranscript';
import { TranscriptText } from '../../../../src/runner/transcript/transcriptText';

function textOf(agent: AgentName, name: string): string {
  const transcript = new AgentTranscript({ agent, resumed: false });
  const text = new TranscriptText({ colours: false, l10n: english, language: 'en' });
  const bytes = readFileSync(`test/fixtures/agentRuns/${agent}/${name}.jsonl`);
  // One byte after the other: what is written is never written again.
  const written = [...bytes].map((byte) => text.next(transcript.push(Buffer.of(byte))));
  return written.join('') + text.next(transcript.end()) + text.rest();
}

function printed(...changes: TranscriptChange[]): string {
  const text = new TranscriptText({ colours: false, l10n: english, language: 'en' });
  return text.next(changes) + text.rest();
}

const add = (id: number, item: TranscriptItem): TranscriptChange => ({ kind: 'new', id, item });
const call = (more: Partial<ToolCall> = {}): ToolCall => ({
  kind: 'call',
  name: 'Edit',
  input: 'src/a.ts',
  state: 'open',
  output: null,
  diff: null,
  ...more,
});
const end = (id: number, ok = true, more = {}): TranscriptChange => ({
  kind: 'ended',
  id,
  ok,
  output: null,
  diff: null,
  ...more,
});

describe('a transcript on a terminal', () => {
  it('reads as a person would tell it', () => {
    assert.equal(
      textOf('claude', 'success'),
      [
        'I look at the tests.',
        '',
        '● Bash npm test ✗',
        '  1 failing',
        '● Edit /work/a.test.ts ✓',
        '  -const x = 1;',
        '  +const x = 2;',
        '',
        'Both tests pass now.',
        '',
        'The second one was missing a fixture: I added it.',
        '',
        '✓ Done · 4 turns · $0.25',
        '',
      ].join('\n'),
    );
    assert.match(textOf('claude', 'limit'), /^! Limit reached: 5-hour limit · until /m);
    assert.match(textOf('claude', 'question'), /\n\? Which port\?\n {2}- 8080\n {2}- 9090\n/);
    assert.match(textOf('claude', 'denied'), /^! Not permitted: /m);
    assert.match(textOf('opencode', 'asking'), /^\? Waits for a permission: /m);
    assert.match(textOf('claude', 'login'), /^Not logged in · Please run \/login\n\n✗ Failed/m);
  });

  it('ends the line of a call, or says in a line of its own that it has ended', () => {
    assert.equal(
      printed(add(1, call()), add(2, call({ name: 'Bash', input: 'npm test' })), end(2), end(1, false)),
      '● Edit src/a.ts\n● Bash npm test ✓\n✗ Edit src/a.ts\n',
    );
    assert.equal(printed(add(1, call({ name: null, input: '', state: 'ok' }))), '✓ Tool call\n');
    assert.equal(printed(end(7)), '');
  });

  it('cuts a long diff, and says by how much', () => {
    const diff = Array.from({ length: 50 }, (_, line) => `+${line}`).join('\n');
    const lines = printed(add(1, call({ diff })), end(1)).split('\n');
    assert.equal(lines.length, 23);
    assert.equal(lines[21], '  … 30 more lines');
    assert.equal(
      printed(add(1, call({ diff: '+1' })), end(1, true, { diff: '+2' })),
      '● Edit src/a.ts ✓\n  +2\n',
    );
  });

  it('colours what was added and what was taken away', () => {
    const text = new TranscriptText({ colours: true, l10n: english });
    const printed = text.next([add(1, call({ diff: '@@ -1 +1 @@\n-old\n+new\n same' })), end(1)]);
    assert.ok(printed.includes('\x1b[31m-old\x1b[0m\n'));
    assert.ok(printed.includes('\x1b[32m+new\x1b[0m\n'));
    assert.ok(printed.includes('\n   same\n'));
  });

  it('goes on with a message, also after something else', () => {
    const text = new TranscriptText({ colours: false, l10n: english });
    const parts = [
      text.next([add(1, { kind: 'message', text: 'One ' })]),
      text.next([{ kind: 'more', id: 1, text: 'message' }]),
      text.other('a warning\n'),
      text.next([{ kind: 'more', id: 1, text: ' more' }]),
      text.rest(),
    ];
    assert.deepEqual(parts, ['One ', 'message', '\na warning\n', ' more', '\n']);
  });
});
