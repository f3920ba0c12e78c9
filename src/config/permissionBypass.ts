/** Which permissions of agents let them do anything without asking. Pure. */

import type { AgentName, ToolConfig } from '../core/config';

interface Bypass {
  /** Values of `permission`. */
  permissions: RegExp;
  /** Arguments that do the same. */
  args: RegExp;
}

/** Of Copilot, `shell` without the commands that it is for is any command. */
const bypasses: Readonly<Record<AgentName, Bypass>> = {
  claude: {
    permissions: /^bypassPermissions$/i,
    args: /^(?:--(?:allow-)?dangerously-skip-permissions|(?:--permission-mode=)?bypassPermissions)$/i,
  },
  codex: {
    permissions: /^danger-full-access$/i,
    args: /^(?:--dangerously-bypass-approvals-and-sandbox|--yolo|(?:--sandbox=|sandbox_mode=["']?)?danger-full-access["']?)$/i,
  },
  copilot: {
    permissions: /^(?:allow-all(?:-tools)?|yolo)$|(?:^|,)\s*shell(?:\(\*?\))?\s*(?:,|$)/i,
    args: /^(?:--allow-all(?:-tools)?|--yolo|(?:--allow-tool=)?shell(?:\(\*?\))?)$/i,
  },
  gemini: { permissions: /^yolo$/i, args: /^(?:-y|--yolo|(?:--approval-mode=)?yolo)$/i },
  cursor: { permissions: /^(?:force|yolo)$/i, args: /^(?:-f|--force|--yolo)$/i },
  opencode: {
    permissions: /^(?:allow|dangerously-skip-permissions)$/i,
    args: /^(?:--dangerously-skip-permissions|--auto|--yolo)$/i,
  },
};

/** Whether a tool runs an agent that may do anything without asking. */
export function bypassesPermissions({
  agent,
  permission,
  agent_args: args,
}: Pick<ToolConfig, 'agent' | 'permission' | 'agent_args'>): boolean {
  if (agent === null) return false;
  const bypass = bypasses[agent];
  return (
    (permission !== null && bypass.permissions.test(permission.trim())) ||
    args.some((one) => bypass.args.test(one))
  );
}
