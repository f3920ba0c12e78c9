import { stateIcons } from '../../taskPage/stateIcons';

/** The icon of a state, always next to its name. */
export function StateIcon({ name, large = false }: { name: string; large?: boolean }) {
  return (
    <svg class={large ? 'icon large' : 'icon'} viewBox="0 0 16 16" aria-hidden="true">
      <path class={name.endsWith('~spin') ? 'spin' : undefined} d={stateIcons[name]} />
    </svg>
  );
}
