// From values to canvas pixels: the window formulas of medcore/rendering.py, resampling, heat. No DOM in here.

const STEPS_LEAST = 8192; // steps of the window's lookup table: several to a value where the window is narrow,
const STEPS_MOST = 65536; // one to a value up to this width, fewer beyond

/** Brightness of `value`, unclamped: DICOM PS3.3 C.11.2.1.2.1 and C.11.2.1.3. */
function shade(value, { center, width, function: law }) {
  if (law === "SIGMOID") return 1 / (1 + Math.exp((-4 * (value - center)) / width));
  if (law === "LINEAR_EXACT") return (value - center) / width + 0.5;
  if (width === 1) return value > center - 0.5 ? 1 : 0;
  return (value - (center - 0.5)) / (width - 1) + 0.5;
}

/** The grey level 0..255 of `value`. */
function grey(value, window, inverted) {
  let t = Math.min(1, Math.max(0, shade(value, window)));
  if (window.curve) t = window.curve[Math.floor(t * (window.curve.length - 1) + 0.5)];
  const level = Math.floor(255 * t + 0.5);
  return inverted ? 255 - level : level;
}

/** The values around which, and how far from it, the grey level changes. */
function span({ center, width, function: law }) {
  if (law === "SIGMOID") return [center, 2 * width];
  if (law === "LINEAR_EXACT") return [center, width / 2];
  return [center - 0.5, width === 1 ? 0.5 : (width - 1) / 2];
}

/** A lookup table of grey levels over the values where they change, {low, scale, levels}; whole values lie on its steps. */
function windowTable(window, inverted) {
  const [middle, reach] = span(window);
  const wide = STEPS_MOST / (2 * reach);
  const scale = wide < 1 ? wide : Math.ceil(STEPS_LEAST / (2 * reach));
  const low = Math.floor((middle - reach) * scale) / scale;
  const levels = new Uint8Array(Math.ceil(2 * reach * scale) + 2);
  for (let i = 0; i < levels.length; i++) levels[i] = grey(low + i / scale, window, inverted);
  return { low, scale, levels };
}

/**
 * How one axis of `count` pixels, `scale` canvas pixels each, lies on a canvas of `length` from `origin` on.
 * Canvas pixel from+i is the weighted sum of `taps` source pixels from starts[i] on: their mean by area where pixels shrink,
 * linear between two where they grow, the pixel itself at a scale of 1.
 */
function axisTaps(count, scale, origin, length) {
  const from = Math.max(0, origin);
  const size = Math.max(0, Math.min(length, Math.round(origin + count * scale)) - from);
  const taps = scale === 1 ? 1 : scale > 1 ? 2 : Math.ceil(1 / scale) + 1;
  const starts = new Int32Array(size);
  const weights = new Float32Array(size * taps);
  const fill = scale < 1 ? areaWeights : linearWeights;
  for (let i = 0; i < size; i++) starts[i] = fill((from + i - origin) / scale, 1 / scale, count, taps, weights, i * taps);
  return { from, size, taps, starts, weights };
}

function areaWeights(left, span, count, taps, weights, at) {
  const start = Math.min(Math.floor(left + 1e-9), count - 1);
  const right = Math.min(left + span, count);
  const covered = Math.max(right - Math.max(left, start), 1e-6);
  for (let k = 0; k < taps && start + k < count; k++) {
    const share = Math.min(right, start + k + 1) - Math.max(left, start + k);
    weights[at + k] = Math.max(0, share) / covered;
  }
  if (right <= start) weights[at] = 1;
  return start;
}

function linearWeights(left, span, count, taps, weights, at) {
  const middle = Math.min(Math.max(left + span / 2 - 0.5, 0), count - 1);
  const start = Math.min(Math.floor(middle), Math.max(count - taps, 0));
  weights[at] = taps === 1 ? 1 : 1 - (middle - start);
  if (taps > 1 && count > 1) weights[at + 1] = middle - start;
  return start;
}

/** `source` (rows × columns, every `stride`-th value from `offset`) as Float32 on the canvas grid of `across` and `down`. */
function resample(source, columns, across, down, stride = 1, offset = 0) {
  if (!across.size || !down.size) return new Float32Array(0);
  const top = down.starts[0];
  const bottom = Math.min(down.starts[down.size - 1] + down.taps, source.length / stride / columns);
  const squeezed = new Float32Array((bottom - top) * across.size);
  for (let row = top, to = 0; row < bottom; row++) {
    const line = row * columns * stride + offset;
    for (let i = 0; i < across.size; i++) squeezed[to++] = tapRow(source, line, across, i, columns, stride);
  }
  return across.taps === 1 && down.taps === 1 ? squeezed : squeezeDown(squeezed, across.size, down, top, bottom);
}

function tapRow(source, line, { starts, weights, taps }, i, columns, stride) {
  const start = starts[i];
  if (taps === 1) return source[line + start * stride];
  const end = Math.min(taps, columns - start);
  let sum = 0;
  for (let k = 0, w = i * taps, at = line + start * stride; k < end; k++, w++, at += stride) sum += source[at] * weights[w];
  return sum;
}

function squeezeDown(lines, width, { size, starts, weights, taps }, top, bottom) {
  const out = new Float32Array(size * width);
  for (let j = 0; j < size; j++) {
    for (let k = 0; k < taps && starts[j] + k < bottom; k++) {
      const weight = weights[j * taps + k];
      if (weight === 0) continue;
      for (let x = 0, from = (starts[j] + k - top) * width, to = j * width; x < width; x++) out[to++] += lines[from++] * weight;
    }
  }
  return out;
}

/**
 * Which source pixels [starts, ends) each canvas pixel of an axis shows: the one under its middle where pixels grow, all that
 * it covers where they shrink. So no line that is a pixel wide is lost, and none is blurred.
 */
function axisCover(count, scale, origin, { from, size }) {
  const [starts, ends] = [new Int32Array(size), new Int32Array(size)];
  for (let i = 0; i < size; i++) {
    const left = (from + i - origin) / scale;
    const start = Math.floor(scale < 1 ? left + 1e-9 : left + 0.5 / scale);
    starts[i] = Math.min(count - 1, Math.max(0, start));
    ends[i] = scale < 1 ? Math.min(count, Math.max(starts[i] + 1, Math.ceil(left + 1 / scale - 1e-9))) : starts[i] + 1;
  }
  return { starts, ends, size };
}

/** 1 for each canvas pixel over something drawn in `source` (rows × columns of 0 and 1), else 0. */
function drawnOn(source, columns, across, down) {
  const marks = new Uint8Array(across.size * down.size);
  for (let j = 0, to = 0; j < down.size; j++) {
    for (let i = 0; i < across.size; i++, to++) {
      for (let row = down.starts[j]; row < down.ends[j] && !marks[to]; row++) {
        const line = row * columns;
        for (let at = line + across.starts[i]; at < line + across.ends[i]; at++) if (source[at]) marks[to] = 1;
      }
    }
  }
  return marks;
}

/** Values through the window's table into the RGBA words of a canvas image. */
function paintGrey(values, { low, scale, levels }, pixels) {
  const words = Uint32Array.from(levels, (level) => 0xff000000 | (level * 0x010101));
  const last = levels.length - 1;
  for (let i = 0; i < pixels.length; i++) {
    const step = (values[i] - low) * scale;
    pixels[i] = words[step >= last ? last : step > 0 ? (step + 0.5) | 0 : 0];
  }
}

/** Red, green and blue planes 0..255 into RGBA words. */
function paintColour([red, green, blue], pixels) {
  for (let i = 0; i < pixels.length; i++) {
    pixels[i] = 0xff000000 | ((blue[i] + 0.5) << 16) | ((green[i] + 0.5) << 8) | (red[i] + 0.5);
  }
}

/** Cover what is painted with the heat's colour: opacity × heat of it, as rendering.overlay does. `heat` is 0..255. */
function paintHeat(heat, colours, opacity, pixels) {
  const cover = Float64Array.from({ length: 256 }, (_, level) => (opacity * level) / 255);
  for (let i = 0; i < pixels.length; i++) {
    const level = (heat[i] + 0.5) | 0;
    if (level === 0) continue;
    const a = cover[level], under = pixels[i], c = level * 3;
    const red = (under & 255) * (1 - a) + colours[c] * a + 0.5;
    const green = ((under >> 8) & 255) * (1 - a) + colours[c + 1] * a + 0.5;
    const blue = ((under >> 16) & 255) * (1 - a) + colours[c + 2] * a + 0.5;
    pixels[i] = 0xff000000 | (blue << 16) | (green << 8) | red;
  }
}

/** What is drawn, in one colour over whatever lies under it. */
function paintMarks(marks, word, pixels) {
  for (let i = 0; i < pixels.length; i++) if (marks[i]) pixels[i] = word;
}
