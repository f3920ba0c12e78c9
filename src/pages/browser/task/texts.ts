/** Words for the page: the texts that the extension sent along, and figures in the same language. */

import type { TaskPageStart } from '../../taskPageData';
import { startingData } from '../shared/start';
import { Words } from './words';

export const start = startingData<TaskPageStart>();
export const { texts } = start;
export const words = new Words(start.language);

/** `text` with the values in the places of `{0}`, `{1}` ... */
export function fill(text: string, ...values: (string | number)[]): string {
  return text.replace(/\{(\d)\}/g, (place, index) => String(values[Number(index)] ?? place));
}
