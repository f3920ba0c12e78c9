/** The theme's current colours in a form that a canvas accepts, and a notice when they change. */

const names = [
  'foreground',
  'background',
  'muted',
  'grid',
  'succeeded',
  'failed',
  'late',
  'interrupted',
  'running',
  'waiting',
  'focus',
  'raised',
] as const;

export type Colour = (typeof names)[number];

export type Palette = Readonly<Record<Colour, string>> & {
  /** High contrast: bars get outlines. */
  contrast: boolean;
  font: string;
};

/** Lets the browser compute the colours of the style sheet's custom properties. */
export function readPalette(): Palette {
  const probe = document.createElement('span');
  probe.className = 'probe';
  document.body.append(probe);
  const colours = names.map((name) => {
    probe.style.color = `var(--${name})`;
    return [name, getComputedStyle(probe).color];
  });
  const { fontFamily } = getComputedStyle(probe);
  probe.remove();
  const contrast =
    document.body.classList.contains('vscode-high-contrast') ||
    document.body.classList.contains('vscode-high-contrast-light') ||
    matchMedia('(prefers-contrast: more), (forced-colors: active)').matches;
  return { ...Object.fromEntries(colours), contrast, font: `11px ${fontFamily}` } as Palette;
}

/** Calls back whenever the colours may have changed, by the editor's theme or a system setting. */
export function onPaletteChange(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  // VS Code sets its theme here.
  observer.observe(document.documentElement, { attributeFilter: ['style', 'class'] });
  observer.observe(document.body, { attributeFilter: ['class'] });
  const queries = ['(prefers-color-scheme: dark)', '(prefers-contrast: more)', '(forced-colors: active)'].map(
    (query) => matchMedia(query),
  );
  for (const query of queries) query.addEventListener('change', changed);
  return () => {
    observer.disconnect();
    for (const query of queries) query.removeEventListener('change', changed);
  };
}
