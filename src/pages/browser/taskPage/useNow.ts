import { useEffect, useState } from 'preact/hooks';

/** The time, told anew each second while it matters; the queue is not asked for it. */
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
