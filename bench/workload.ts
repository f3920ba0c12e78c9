/** What is done to each engine, and how often. */

import fs from 'node:fs';
import path from 'node:path';
import { type Engine, type EngineKind, streamCount } from './engine';
import { type Figure, measure, medianFigure } from './statistics';

export interface Settings {
  rounds: number;
  /** Milliseconds that a phase may take; it ends earlier when `most` calls are done. */
  phase: number;
  most: number;
}

/** Operations of the table; `claim` is the next of one stream. */
export const phases = ['enqueue', 'claim', 'complete', 'claim by id', 'claim, 100 streams'] as const;
export type Phase = (typeof phases)[number];

export type EngineFigures = Partial<Record<Phase, Figure>>;

/** One round: each phase once, on a store of its own. */
async function round(
  kind: EngineKind,
  folder: string,
  history: number,
  callers: number,
  settings: Settings,
): Promise<EngineFigures> {
  fs.mkdirSync(folder, { recursive: true });
  const engine = await kind.open(folder, history);
  try {
    return await measurePhases(engine, kind, callers, settings);
  } finally {
    await engine.close();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** How the calls of a phase are measured. */
export type Meter = typeof measure;

export async function measurePhases(
  engine: Engine,
  kind: EngineKind,
  callers: number,
  { phase, most }: Settings,
  meter: Meter = measure,
): Promise<EngineFigures> {
  const figures: EngineFigures = {};
  figures.enqueue = await meter(callers, most, phase, async () => {
    await engine.enqueue(0);
    return true;
  });
  const claimed: string[] = [];
  const short = Math.max(0, most - figures.enqueue.operations);
  if (short > 0) await engine.fill(Math.min(short, kind.synchronous ? most / 2 : most), 1);
  figures.claim = await meter(callers, most, phase, async () => {
    const id = await engine.claimNext(0);
    if (id !== undefined) claimed.push(id);
    return id !== undefined;
  });
  figures.complete = await meter(callers, claimed.length, phase, async (index) => {
    await engine.complete(claimed[index] ?? '');
    return true;
  });
  if (kind.hasHistory === false) return figures;
  const ids = await engine.fill(most / 2, streamCount);
  figures['claim by id'] = await meter(callers, ids.length, phase, (index) =>
    engine.claimById(ids[index] ?? ''),
  );
  await engine.fill(most / 2, streamCount);
  figures['claim, 100 streams'] = await meter(
    callers,
    most / 2,
    phase,
    async (index) => (await engine.claimNext(1 + (index % (streamCount - 1)))) !== undefined,
  );
  return figures;
}

/** Rounds of all engines, interleaved, the order turned round each time; medians by engine. */
export async function compare(
  kinds: readonly EngineKind[],
  folder: string,
  history: number,
  callers: number,
  settings: Settings,
  onError: (kind: EngineKind, error: unknown) => void,
): Promise<Map<EngineKind, EngineFigures>> {
  const rounds = new Map<EngineKind, EngineFigures[]>();
  const failed = new Set<EngineKind>();
  for (let number = 0; number < settings.rounds; number++) {
    for (const kind of number % 2 === 0 ? kinds : [...kinds].reverse()) {
      if (failed.has(kind)) continue;
      try {
        const figures = await round(kind, path.join(folder, `round-${number}`), history, callers, settings);
        rounds.set(kind, [...(rounds.get(kind) ?? []), figures]);
      } catch (error) {
        failed.add(kind);
        onError(kind, error);
      }
    }
  }
  return new Map([...rounds].map(([kind, figures]) => [kind, medianOf(figures)]));
}

function medianOf(rounds: readonly EngineFigures[]): EngineFigures {
  const medians: EngineFigures = {};
  for (const phase of phases) {
    const figures = rounds.flatMap((figuresOf) => figuresOf[phase] ?? []);
    if (figures.length > 0) medians[phase] = medianFigure(figures);
  }
  return medians;
}
