/** Translation of texts. Pure. */

/** The part of `vscode.l10n` that translates: `{0}` in a text stands for the first value. */
export interface Translator {
  t(text: string, ...values: (string | number | boolean)[]): string;
}

/** Returns the texts untranslated. */
export const english: Translator = {
  t: (text, ...values) => text.replace(/\{(\d)\}/g, (_, at) => String(values[Number(at)])),
};
