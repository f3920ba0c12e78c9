/** Texts in the language of whoever reads them. Pure. */

/** The part of `vscode.l10n` that is needed to translate: `{0}` in a text stands for the first of the values. */
export interface Translator {
  t(text: string, ...values: (string | number | boolean)[]): string;
}

/** The language of the texts themselves. */
export const english: Translator = {
  t: (text, ...values) => text.replace(/\{(\d)\}/g, (_, at) => String(values[Number(at)])),
};
