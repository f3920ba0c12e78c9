/** Texts in the language of whoever reads them. Pure. */

/** The part of `vscode.l10n` that is needed to translate: `{0}` in a text stands for the first of the values. */
export interface Translator {
  t(text: string, ...values: (string | number | boolean)[]): string;
}

/** The language of the texts themselves. */
export const english: Translator = {
  t: (text, ...values) => text.replace(/\{(\d)\}/g, (_, at) => String(values[Number(at)])),
};

/** Says for the reader what one of `texts` says in English, the first that fits; anything else stays as it is. */
export function retell(said: string, texts: readonly string[], l10n: Translator): string {
  for (const text of texts) {
    const values = said.match(patternOf(text))?.slice(1);
    if (values) return l10n.t(text, ...values);
  }
  return said;
}

/** What a text says with any values in its places, which must stand in it in their order. */
function patternOf(text: string): RegExp {
  const parts = text.split(/\{\d\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('(.+)')}$`);
}
