/** The themes in which people look at pages. */
export const themes = [
  { label: 'Dark Modern', cssClass: 'vs-dark', inPage: 'vscode-dark', name: 'dark' },
  { label: 'Light Modern', cssClass: 'vs', inPage: 'vscode-light', name: 'light' },
  {
    label: 'Dark High Contrast',
    cssClass: 'hc-black',
    inPage: 'vscode-high-contrast',
    name: 'high-contrast',
  },
] as const;

export type Theme = (typeof themes)[number];
