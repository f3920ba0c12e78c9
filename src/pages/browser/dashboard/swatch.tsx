/** A sample of a run in this state. */

import { useLayoutEffect, useRef } from 'preact/hooks';
import type { RunState } from '../../dashboard/runStates';
import type { Palette } from './palette';
import { RunPainter } from './runPainter';

const [width, height] = [22, 14];

export function Swatch({ state, palette }: { state: RunState; palette: Palette }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    const scale = devicePixelRatio;
    const room = state === 'running' ? 6 : 0;
    context.clearRect(0, 0, width * scale, height * scale);
    new RunPainter(palette, scale).paint(
      context,
      state,
      scale,
      (width - 1 - room) * scale,
      scale,
      (height - 2) * scale,
    );
  }, [state, palette]);
  return (
    <span class="swatch" aria-hidden="true">
      <canvas ref={canvas} width={width * devicePixelRatio} height={height * devicePixelRatio} />
    </span>
  );
}
