/** The icons of states, one for each that the views use for a task, on a 16-pixel square. */

const ring = 'M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 0 0 0-13z';

/** Paths by the name of the codicon in the views; they are stroked, not filled. */
export const stateIcons: Readonly<Record<string, string>> = {
  'circle-large-outline': ring,
  'loading~spin': 'M8 1.5a6.5 6.5 0 1 1-6.5 6.5M8 5v3l2 1.5',
  pass: `${ring}M5 8.3l2.1 2.1L11.2 6`,
  error: `${ring}M5.7 5.7l4.6 4.6M10.3 5.7l-4.6 4.6`,
  watch: `${ring}M8 4.2V8l2.6 1.7`,
  'debug-disconnect': 'M1.5 8h4M10.5 8h4M5.5 5v6M10.5 5v6M7.2 2.5l1.6 2.4M8.8 13.5l-1.6-2.4',
  'circle-slash': `${ring}M3.6 12.4l8.8-8.8`,
  warning: 'M8 1.8L15 14H1zM8 6v4M8 11.6v.9',
  'git-pull-request-closed': 'M4 5.5v8M4 2.2v3.3M12 8.5v5M10 3l4 4M14 3l-4 4',
  shield: 'M8 1.5l5.5 2v4c0 3.2-2.2 5.8-5.5 7c-3.3-1.2-5.5-3.8-5.5-7v-4z',
  question: `${ring}M6 6.2a2 2 0 1 1 2.7 1.9c-.5.2-.7.5-.7 1v.4M8 11.2v.9`,
  history: 'M2 8a6 6 0 1 0 1.8-4.3M2 2.5v3.2h3.2M8 5v3l2 1.5',
  'credit-card': 'M1.5 3.5h13v9h-13zM1.5 6.5h13M4 10h3',
  key: 'M10.5 2a3.5 3.5 0 1 0 0 7a3.5 3.5 0 0 0 0-7zM8 8l-6 6h3v-2h2v-2',
  'beaker-stop': 'M6 1.5v4.6L2.6 13a1 1 0 0 0 .9 1.5h9a1 1 0 0 0 .9-1.5L10 6.1V1.5M5 1.5h6M5 10h6',
  'debug-pause': `${ring}M6.2 5.2v5.6M9.8 5.2v5.6`,
};

/** An icon as an image URI, `data:image/svg+xml;base64,...`. */
export function stateIconUri(name: string, colour: string): string {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 16 16"><path d="${
    stateIcons[name] ?? ring
  }" fill="none" stroke="${colour}" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round"/></svg>`;
  return `data:image/svg+xml;base64,${btoa(svg)}`;
}
