import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { type AgentName, agentNames, outsideTool, type ToolConfig } from '../../../src/core/config';
import { adapters } from '../../../src/runner/adapters/adapters';

interface Start {
  agent: AgentName;
  args: string[];
  prompt: string;
  /** The task and the number of its attempt; null for a start outside a run. */
  run: string | null;
}

/** Programs that stand in for all agents: each does as its prompt says (fakeAgent.ts). */
export class FakeAgents {
  /** Found there where PATH begins with it. */
  readonly bin: string;

  /** @param folder an empty one, for them alone */
  constructor(
    private readonly folder: string,
    names: readonly AgentName[] = agentNames,
  ) {
    this.bin = path.join(folder, 'bin');
    mkdirSync(this.bin, { recursive: true });
    const program = path.resolve('out', 'test', 'support', 'agents', 'fakeAgent.js');
    for (const name of names) {
      const file = path.join(this.bin, adapters[name].program);
      writeFileSync(file, `#!/bin/sh\nexec "${process.execPath}" "${program}" ${name} "$@"\n`);
      chmodSync(file, 0o755);
    }
    appendFileSync(path.join(folder, 'starts.jsonl'), '');
  }

  /** The variables of a tool that runs one of them. */
  get env(): Record<string, string> {
    return { PATH: `${this.bin}${path.delimiter}${process.env.PATH ?? ''}`, FAKE_AGENTS: this.folder };
  }

  /** A tool that runs one of them. */
  tool(agent: AgentName): ToolConfig {
    return { ...outsideTool, agent, command: [], input: 'prompt-stdin', env: this.env };
  }

  /** Lets one go on with a session that none of them has begun. */
  know(session: string): void {
    writeFileSync(path.join(this.folder, `session-${session}`), '');
  }

  /** In order. */
  get starts(): Start[] {
    const lines = readFileSync(path.join(this.folder, 'starts.jsonl'), 'utf8').trim().split('\n');
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Start);
  }

  /** The process that an agent has left running. */
  get child(): number | null {
    const file = path.join(this.folder, 'child.pid');
    return existsSync(file) ? Number(readFileSync(file, 'utf8')) : null;
  }
}
