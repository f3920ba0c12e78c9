import type { Translator } from '../../../src/editor/labels';

/** The language of the texts themselves. */
export const english: Translator = {
  t: (message, ...args) => message.replace(/\{(\d)\}/g, (_, index) => String(args[Number(index)])),
};
