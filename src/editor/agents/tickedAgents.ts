/** What is ticked in "Set Up Agents", and what ticking it does to the files of the agents. Does not depend on VS Code. */

import { type AgentName, agentNames } from '../../agents/agentNames';
import type { PlannedFile, SetupPlace } from '../../agents/plan';
import { agentsSetUp, planSetup } from '../../agents/setup';
import { planSkills } from '../../agents/skill';
import { QueueError } from '../../core/errors';

export interface Ticked {
  agents: readonly AgentName[];
  /** Whether they have the skill. */
  skill: boolean;
}

/** As the files are now. */
export function tickedIn(place: SetupPlace): Ticked {
  const present = agentsSetUp(place, agentNames);
  return { agents: present, skill: hasSkill(place, present) };
}

/** What is no longer ticked is removed. @throws QueueError if a file of it cannot be read or must not be written */
export function planTicked(place: SetupPlace, before: Ticked, wanted: Ticked): PlannedFile[] {
  const removed = before.agents.filter((name) => !wanted.agents.includes(name));
  const plan = planSetup(place, { add: wanted.agents, remove: removed }, wanted.skill);
  if (wanted.skill || !before.skill) return plan;
  const skills = planSkills(place, { add: [], remove: [...removed, ...wanted.agents] });
  // Instead of what becomes of it where only the removed ones lose it.
  return [...plan.filter(({ read }) => !skills.some((one) => one.read.file === read.file)), ...skills];
}

/** Of one that somebody has changed, nothing is known. */
function hasSkill(place: SetupPlace, names: readonly AgentName[]): boolean {
  try {
    return planSkills(place, { add: names, remove: [] }).some(({ read }) => read.text !== null);
  } catch (error) {
    if (QueueError.is(error)) return false;
    throw error;
  }
}
