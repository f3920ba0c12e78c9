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
