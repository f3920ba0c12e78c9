import { shapes } from '../../shapes';

/** The shape of a state; a word always stands beside it. */
export function Shape({ name, large = false }: { name: string; large?: boolean }) {
  return (
    <svg class={large ? 'shape large' : 'shape'} viewBox="0 0 16 16" aria-hidden="true">
      <path class={name.endsWith('~spin') ? 'spin' : undefined} d={shapes[name]} />
    </svg>
  );
}
