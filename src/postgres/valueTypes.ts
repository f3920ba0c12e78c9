/** The values of the server as SQLite has them: text, numbers, and 0 or 1 for what is false or true. */

import type pg from 'pg';

/** By the number of their type: bigint, integer, double precision, numeric, boolean. */
const parsers: Readonly<Record<number, (text: string) => number>> = {
  20: Number,
  23: Number,
  701: Number,
  1700: Number,
  16: (text) => (text === 't' ? 1 : 0),
};

export const valueTypes: pg.CustomTypesConfig = {
  getTypeParser: ((type: number) =>
    parsers[type] ?? ((text: string) => text)) as typeof pg.types.getTypeParser,
};
