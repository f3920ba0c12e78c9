/** Every case there is. */

import type { Case } from '../door';
import { aloneCases } from './alone';
import { changeCases } from './changes';
import type { CliCase } from './cliCase';
import { cliOptionsCases } from './cliOptions';
import { cliSchedulesCases } from './cliSchedules';
import { cliTextsCases } from './cliTexts';
import { httpAccessCases } from './httpAccess';
import type { HttpCase } from './httpCase';
import { httpEventsCases } from './httpEvents';
import { httpRowsCases } from './httpRows';
import { httpSchedulesCases } from './httpSchedules';
import { httpWorkCases } from './httpWork';
import { laneCases } from './lanes';
import { taskCases } from './tasks';
import { workCases } from './work';

/** Those that go through every door. */
export const sharedCases: readonly Case[] = [...laneCases, ...taskCases, ...changeCases, ...workCases];

export const httpCases: readonly HttpCase[] = [
  ...httpAccessCases,
  ...httpRowsCases,
  ...httpSchedulesCases,
  ...httpWorkCases,
  ...httpEventsCases,
];

export const cliCases: readonly CliCase[] = [...cliTextsCases, ...cliOptionsCases, ...cliSchedulesCases];

export { aloneCases };
