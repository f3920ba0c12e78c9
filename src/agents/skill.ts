/** Writes the skill, where each agent looks for such files, and removes it. */

import * as path from 'node:path';
import type { Agent } from './agent';
import { agents } from './agents';
import { planOwnFile } from './ownFile';
import { byFile, type PlannedFile, type SetupPlace, type WantedAgents } from './plan';
import { skillName, skillText } from './skillText';

/** Plans what becomes of the skill. @throws QueueError `conflict` for a file in its place that setup did not write */
export function planSkills(place: SetupPlace, wanted: WantedAgents): PlannedFile[] {
  return byFile(wanted, (name) => skillFileOf(place, agents[name])).flatMap((one) =>
    planOwnFile(place, one, skillText),
  );
}

/** The file of the skill of an agent. */
function skillFileOf({ scope, folder, home, env }: SetupPlace, agent: Agent): string {
  const skills =
    scope === 'project' ? path.join(folder, agent.projectSkills) : agent.userSkills({ home, env });
  return path.join(skills, skillName, 'SKILL.md');
}
