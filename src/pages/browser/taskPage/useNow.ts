import { useEffect, useState } from 'preact/hooks';

/** The current time, updated every second while `ticking`. */
export function useNow(ticking: boolean): number {
  const [now, tick] = useState(Date.now);
  useEffect(() => {
    tick(Date.now());
    if (!ticking) return;
    const timer = setInterval(() => tick(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [ticking]);
  return now;
}
