/** The clocks of this machine. */

import { type Clock, systemClock } from '../core/clock';

/**
 * The system's time with the monotonic clock of the machine: all processes of one boot read the same. On Linux it stops
 * while the machine sleeps; on macOS and Windows it goes on.
 */
export const machineClock: Clock = {
  ...systemClock,
  monotonic: () => Number(process.hrtime.bigint()) / 1e6,
};
