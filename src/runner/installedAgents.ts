/** Which agents are installed: found along PATH, and not started. */

import { type AgentName, agentNames } from '../core/config';
import { findOnPath } from '../system/programs';
import { adapters } from './adapters/adapters';

/** In the usual order. */
export async function installedAgents(searchPath = process.env.PATH ?? ''): Promise<AgentName[]> {
  const files = await Promise.all(agentNames.map((name) => findOnPath(adapters[name].program, searchPath)));
  return agentNames.filter((_, at) => files[at] !== null);
}
