import assert from 'node:assert/strict';
import { english } from '../../../../src/core/translator';
import { AgentRunText, PlainRunText } from '../../../../src/editor/documents/runText';

const said = (text: string) =>
  `${JSON.stringify({ type: 'assistant', message: { content: [{ type: 'text', text }] } })}\n`;

describe('what a terminal shows of a run', () => {
  it('is what it prints, with its colours and movements, and nothing else that acts', () => {
    const text = new PlainRunText();
    assert.equal(
      text.next({ stream: 'stdout', text: '\x1b[31mred\x1b[2K\x1b]0;x\x07\x1b[' }),
      '\x1b[31mred\x1b[2K␛]0;x␇',
    );
    assert.equal(text.next({ stream: 'stderr', text: '1m' }), '\x1b[1m');
    assert.equal(text.rest(), '');
  });

  it('is the transcript of an agent, and what else is written', () => {
    const text = new AgentRunText({ agent: 'claude', resumed: false }, english, 'en');
    const line = said('Hello \x1b]0;title\x07there');
    const gap = { from: 500, to: 900 };
    const shown = [
      text.next({ stream: 'stdout', text: line.slice(0, 30) }),
      text.next({ stream: 'stdout', text: line.slice(30) }),
      text.next({ stream: 'stderr', text: 'a \x1b[31mwarning\x1b[0m\n' }),
      text.next({ stream: 'stdout', text: line.slice(0, 30) }),
      text.next({ stream: 'stdout', text: '\n[bytes]\n', gap }),
      text.next({ stream: 'stdout', text: `half a line"}\n${said('Again')}` }),
      text.next({ stream: 'check', text: '1 test failed\n' }),
      text.rest(),
    ];
    assert.deepEqual(shown, [
      '',
      'Hello there',
      '\na \x1b[31mwarning\x1b[0m\n',
      '',
      '\x1b[2m[bytes 500 to 900 were dropped because the output exceeded its limit]\x1b[0m\n',
      '\nAgain',
      '\n1 test failed\n',
      '',
    ]);
  });
});
