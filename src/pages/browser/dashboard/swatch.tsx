/** A sample of how a run of this look is painted. */

import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Look } from '../../runLooks';
import { Painter } from './marks';
import type { Palette } from './palette';

const [width, height] = [22, 14];

export function Swatch({ look, palette }: { look: Look; palette: Palette }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    const scale = devicePixelRatio;
    const room = look === 'running' ? 6 : 0;
    context.clearRect(0, 0, width * scale, height * scale);
    new Painter(palette, scale).paint(
      context,
      look,
      scale,
      (width - 1 - room) * scale,
      scale,
      (height - 2) * scale,
    );
  }, [look, palette]);
  return (
    <span class="swatch" aria-hidden="true">
      <canvas ref={canvas} width={width * devicePixelRatio} height={height * devicePixelRatio} />
    </span>
  );
}
