/**
 * Identifiers of the queue's rows, and of hosts: a prefix and 12 random hex digits, 16 characters in all.
 * They are created here, never in SQL, so that replaying a journal produces the same ids.
 */

export const idPrefixes = {
  project: 'prj',
  session: 'ses',
  stream: 'str',
  task: 'tsk',
  worker: 'wrk',
  batch: 'bat',
  schedule: 'sch',
  host: 'hst',
} as const;

export type IdKind = keyof typeof idPrefixes;

const shape = /^(prj|ses|str|tsk|wrk|bat|sch|hst)_[0-9a-f]{12}$/;

/** A new random id such as `tsk_0a1b2c3d4e5f`. */
export function newId(kind: IdKind): string {
  return `${idPrefixes[kind]}_${randomHex(6)}`;
}

/** A secret of 32 hex digits that proves a claim. */
export function newLease(): string {
  return randomHex(16);
}

/** A new idempotency key. */
export function newKey(): string {
  return randomHex(16);
}

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** A pool of random bytes: calling the generator for each id would be the most expensive part. */
const pool = new Uint8Array(4096);
let poolUsed = pool.length;

/** `bytes` random bytes from the platform's secure generator, as lower-case hex. */
export function randomHex(bytes: number): string {
  return repeated === undefined ? newHex(bytes) : repeated.draw(bytes);
}

/** A random number of at least 0 and less than 1. */
export function randomFraction(): number {
  return Number.parseInt(randomHex(6), 16) / 2 ** 48;
}

let repeated: RepeatedRandom | undefined;

/** Random digits for work that runs several times over and must get the same each time. */
export class RepeatedRandom {
  private readonly drawn: string[] = [];
  private next = 0;

  /** Runs `work`; what is random in it is as in the first run. */
  run<T>(work: () => T): T {
    repeated = this;
    this.next = 0;
    try {
      return work();
    } finally {
      repeated = undefined;
    }
  }

  draw(bytes: number): string {
    const at = this.next++;
    this.drawn[at] ??= newHex(bytes);
    return this.drawn[at];
  }
}

function newHex(bytes: number): string {
  if (poolUsed + bytes > pool.length) {
    globalThis.crypto.getRandomValues(pool);
    poolUsed = 0;
  }
  let text = '';
  for (let index = poolUsed; index < poolUsed + bytes; index++) text += hex[pool[index] ?? 0];
  // Used bytes are not kept.
  pool.fill(0, poolUsed, poolUsed + bytes);
  poolUsed += bytes;
  return text;
}

/** Whether `text` looks like an id of any kind, or of the given kind. */
export function isId(text: string, kind?: IdKind): boolean {
  return shape.test(text) && (kind === undefined || text.startsWith(`${idPrefixes[kind]}_`));
}
