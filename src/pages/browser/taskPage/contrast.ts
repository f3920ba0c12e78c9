/** Readable colours. Pure. */

/** Red, green and blue, 0 to 255. */
export type Rgb = readonly [number, number, number];

/** The contrast ratio that text needs. */
const enough = 4.5;
const white: Rgb = [255, 255, 255];
const black: Rgb = [0, 0, 0];

/** `colour`, or the closest one that is readable on `background`, as terminals do it. */
export function readable(colour: Rgb, background: Rgb): Rgb {
  const away = contrast(white, background) > contrast(black, background) ? white : black;
  for (let part = 0; part < 1; part += 0.05) {
    const mixed = mix(colour, away, part);
    if (contrast(mixed, background) >= enough) return mixed;
  }
  return away;
}

/** The WCAG contrast ratio, 1 to 21. */
export function contrast(one: Rgb, other: Rgb): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

/** Parses a computed colour such as `rgb(1, 2, 3)`; undefined for a fully transparent one. */
export function rgbOf(text: string): Rgb | undefined {
  const [red, green, blue, opacity = 1] = (text.match(/[\d.]+/g) ?? []).map(Number);
  if (red === undefined || green === undefined || blue === undefined || opacity === 0) return undefined;
  return [red, green, blue];
}

function mix(from: Rgb, to: Rgb, part: number): Rgb {
  const at = (index: 0 | 1 | 2) => Math.round(from[index] + (to[index] - from[index]) * part);
  return [at(0), at(1), at(2)];
}

function luminance([red, green, blue]: Rgb): number {
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

function linear(channel: number): number {
  const part = channel / 255;
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
}
