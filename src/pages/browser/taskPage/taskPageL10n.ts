/** The page's texts, as the extension sent them, and the formatter for the same language. */

import { english } from '../../../core/translator';
import type { TaskPageStart } from '../../taskPage/taskPageProtocol';
import { Formatter } from '../shared/formatter';
import { startData } from '../shared/startData';

export const start = startData<TaskPageStart>();
export const { texts } = start;
export const format = new Formatter(start.language);

/** `text` with the values in place of `{0}`, `{1}` ... */
export const fill = english.t;
