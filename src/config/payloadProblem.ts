/** Whether a payload lacks what the command of its tool cannot start without. Pure. */

import type { ToolConfig } from '../core/config';
import type { PayloadProblem } from '../core/model';

/** Null as well where an outside worker decides what to make of the payload. */
export function payloadProblem(payload: unknown, tool: ToolConfig | undefined): PayloadProblem | null {
  if (!tool?.command) return null;
  switch (tool.input) {
    case 'script':
      // Older clients put both the script and its arguments into `metadata`.
      return hasText(payload, 'script_path') || hasText(memberOf(payload, 'metadata'), 'script_path')
        ? null
        : 'no_script';
    case 'prompt-stdin':
    case 'prompt-argument':
      return hasText(payload, 'prompt') || hasText(payload, 'prompt_path') ? null : 'no_prompt';
    // What these need is refused where it is missing: see plainCommand.ts.
    case 'argv':
    case 'line':
    case 'payload-stdin':
      return null;
  }
}

function hasText(value: unknown, name: string): boolean {
  const member = memberOf(value, name);
  return typeof member === 'string' && member.trim() !== '';
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}
