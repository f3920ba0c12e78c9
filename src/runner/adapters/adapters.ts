/** The agents that the runner runs, by name. Pure. */

import type { AgentName } from '../../core/config';
import type { Adapter } from './adapter';
import { claude } from './claude';
import { codex } from './codex';
import { copilot } from './copilot';
import { cursor } from './cursor';
import { gemini } from './gemini';
import { opencode } from './opencode';

export const adapters: Readonly<Record<AgentName, Adapter>> = {
  claude,
  codex,
  copilot,
  gemini,
  cursor,
  opencode,
};
