/** What agents have been seen to say of a limit; each says until when. */
export const limitSayings = [
  'Claude AI usage limit reached|1796000000',
  '5-hour limit reached ∙ resets 3pm',
  'Opus weekly limit reached ∙ resets 5pm',
  "You've hit your limit · resets 8pm (America/New_York)",
  "You've hit your session limit · resets 10:30am (Europe/Berlin)",
  "You've hit your weekly limit · resets Nov 28, 9am (UTC)",
  "You're out of extra usage · resets 6pm (UTC)",
  "You've hit your usage limit. Upgrade to Pro or try again at 12:16 PM.",
  "You've hit your usage limit. Upgrade to Pro or try again at Apr 28th, 2027 10:03 PM.",
  "You've hit your usage limit. Try again at Apr 28th, 2027 10:03 PM.",
  "You've hit your usage limit. Try again in 2 days 17 hours 14 minutes.",
  "You've hit your usage limit for GPT-5.3-Codex. Try again in 2 days 17 hours 14 minutes.",
  'try again in 2 days 17 hours 14 minutes.',
  'retry after 30',
  'Rate limit exceeded, retry after 30',
] as const;

/** How an agent announces a limit with a text, as its last word. */
export function limitLines(agent: string, session: string, text: string): string {
  const line = (value: unknown) => `${JSON.stringify(value)}\n`;
  switch (agent) {
    case 'codex':
      return (
        line({ type: 'thread.started', thread_id: session }) +
        line({ type: 'error', message: text }) +
        line({ type: 'turn.failed', error: { message: text } })
      );
    case 'copilot':
      return (
        line({ type: 'session.error', data: { errorType: 'rate_limit', message: text } }) +
        line({ type: 'result', sessionId: session, exitCode: 1 })
      );
    case 'gemini':
      return line({ type: 'result', status: 'error', error: { type: 'RetryableQuotaError', message: text } });
    case 'opencode':
      return line({
        type: 'error',
        sessionID: session,
        error: { name: 'APIError', data: { message: text, statusCode: 429 } },
      });
    default: {
      const failed = { type: 'result', subtype: 'success', is_error: true, session_id: session };
      return line({ ...failed, result: text, num_turns: 1, total_cost_usd: 0 });
    }
  }
}
