// What the viewer shows: the slice on the canvas, the state in the tools, the value under the pointer.

/** Paint one slice; resampled values are kept, so that another window only goes through its table again. */
function paintSlice(viewer, array) {
  const grid = gridOf(viewer, array);
  if (viewer.colour) paintColour(grid.planes, grid.pixels);
  else paintGrey(grid.planes[0], windowTable(viewer.window, viewer.inverted !== viewer.series.inverted), grid.pixels);
  if (heatIsHere(viewer) && viewer.heat.levels) {
    paintHeat(heatPlane(viewer, grid), viewer.colours, viewer.heatOpacity, grid.pixels);
  }
  layOverlay(viewer, grid);
  if (grid.pixels.length) viewer.context.putImageData(grid.image, grid.across.from, grid.down.from);
}

/** The slice on the canvas grid: computed again only for another slice, zoom, position or canvas. */
function gridOf(viewer, array) {
  const { canvas, columns, rows } = viewer;
  const [left, top] = viewer.origin();
  const key = [viewer.slice, ...viewer.scales(), left, top].join();
  if (viewer.grid?.key === key) return viewer.grid;
  const across = axisTaps(columns, viewer.scales()[0], left, canvas.width);
  const down = axisTaps(rows, viewer.scales()[1], top, canvas.height);
  const planes = (viewer.colour ? [0, 1, 2] : [0]).map((channel) =>
    resample(array, columns, across, down, viewer.colour ? 3 : 1, channel));
  blank(viewer);
  const image = new ImageData(Math.max(1, across.size), Math.max(1, down.size));
  const pixels = new Uint32Array(image.data.buffer, 0, across.size * down.size);
  viewer.grid = { key, across, down, planes, image, pixels };
  return viewer.grid;
}

/** An empty canvas: no image may stand under the name of another one. */
function blank({ canvas, context }) {
  context.fillStyle = BACKGROUND;
  context.fillRect(0, 0, canvas.width, canvas.height);
}

/** (across, down) canvas pixels of one image pixel at a zoom of 1: the smaller spacing is 1. */
function pixelAspect([, row, column]) {
  if (!row || !column) return [1, 1];
  const least = Math.min(row, column);
  return [column / least, row / least];
}

/** Put the tools' texts into the page's language; each element remembers its English. */
function translate(root, say) {
  for (const part of root.querySelectorAll("[data-say]")) {
    part.english ??= {
      text: part.childElementCount ? "" : part.textContent,
      title: part.getAttribute("title"),
      "aria-label": part.getAttribute("aria-label"),
    };
    for (const name of ["title", "aria-label"]) if (part.english[name]) part.setAttribute(name, say(part.english[name]));
    if (part.english.text) part.textContent = say(part.english.text);
  }
}

/** Fit the tools to a series that was just opened, or to another language. */
function layOut(viewer) {
  const { parts, series, count } = viewer;
  translate(viewer.root, (text) => viewer.say(text));
  const option = (name) => Object.assign(document.createElement("option"), { value: name, textContent: viewer.say(name) });
  const own = Object.assign(option("own window"), { value: "", disabled: true });
  parts.preset.replaceChildren(own, ...viewer.presets.map(({ name }) => option(name)));
  for (const name of ["preset", "width", "center", "invert", "tool"]) parts[name].disabled = viewer.colour;
  parts.slices.hidden = count === 1;
  showPlaying(viewer);
  parts.play.hidden = series.kind !== "frames";
  parts.slider.max = count - 1;
  for (const side of ["left", "right", "top", "bottom"]) parts[side].textContent = series.edges[side] ?? "";
  layOutWhich(viewer);
}

/** Bring the tools and the data attributes in line with what is painted. */
function showState(viewer) {
  const { parts, shown, slice, window, count } = viewer;
  const [left, top] = viewer.origin();
  const heat = heatIsHere(viewer) && viewer.heat.levels ? `${viewer.heat.label}|${viewer.heatOpacity}` : "";
  Object.assign(shown, { slice, center: window.center, width: window.width, zoom: viewer.zoom, heat });
  Object.assign(shown, { originX: left, originY: top, shape: viewer.series.shape });
  shown.volume = (viewer.series.which?.position ?? 0) + 1;
  showWindow(viewer);
  parts.slider.value = slice;
  parts.slider.setAttribute("aria-valuetext", `${slice + 1} / ${count}`);
  parts.position.textContent = `${slice + 1}/${count}`;
  parts.scale.textContent = `× ${Number(viewer.zoom.toPrecision(3))}`;
  showOverlay(viewer);
  showWhich(viewer);
  showHeat(viewer);
  showValue(viewer);
}

function showWindow({ parts, root, presets, preset, window, inverted }) {
  const own = presets.find(({ name }) => name === preset).window;
  parts.preset.value = own.center === window.center && own.width === window.width ? preset : "";
  if (root.activeElement !== parts.width) parts.width.value = Number(window.width.toPrecision(6));
  if (root.activeElement !== parts.center) parts.center.value = Number(window.center.toPrecision(6));
  parts.invert.setAttribute("aria-pressed", inverted);
}

function showPlaying(viewer) {
  viewer.parts.play.textContent = viewer.say(viewer.playing ? "pause" : "play");
}

/** "−742 HU at 231, 198, 128": the stored value itself, not what was resampled for the screen. */
function showValue(viewer) {
  const array = viewer.pointer && viewer.slices.get(viewer.slice);
  viewer.parts.value.textContent = array ? valueText(viewer, array) : "";
}

function valueText(viewer, array) {
  const [x, y] = viewer.onCanvas(viewer.pointer);
  const [left, top] = viewer.origin();
  const [across, down] = viewer.scales();
  const [column, row] = [Math.floor((x - left) / across), Math.floor((y - top) / down)];
  if (column < 0 || row < 0 || column >= viewer.columns || row >= viewer.rows) return "";
  const at = row * viewer.columns + column;
  const value = viewer.colour ? [...array.subarray(3 * at, 3 * at + 3)].join(" ") : Number(array[at].toPrecision(6));
  const amount = `${value} ${viewer.say(viewer.series.unit)}`.replace(/^-/, "−");
  return viewer.say("{amount} at {place}", { amount, place: [column + 1, row + 1, viewer.slice + 1].join(", ") });
}

/** The buttons and fields. */
function bindTools(viewer, parts) {
  const clicks = {
    invert: () => viewer.invert(), overlay: () => viewer.toggleOverlay(),
    smaller: () => viewer.zoomBy(0.8), larger: () => viewer.zoomBy(1.25),
    fit: () => viewer.fit(), actual: () => viewer.actualSize(), play: () => viewer.play(),
    retry: () => viewer.show(viewer.slice), heatGo: () => viewer.goTo(viewer.heat.slice_index),
    full: () => (document.fullscreenElement ? document.exitFullscreen() : parts.frame.requestFullscreen()),
    reset() { viewer.reset(); viewer.changed(); },
    tool() { parts.tool.setAttribute("aria-pressed", (viewer.dragsWindow = !viewer.dragsWindow)); },
  };
  for (const [name, act] of Object.entries(clicks)) parts[name].addEventListener("click", act);
  parts.preset.addEventListener("change", () => viewer.choosePreset(parts.preset.value));
  parts.slider.addEventListener("input", () => viewer.goTo(Number(parts.slider.value)));
  parts.heatShown.addEventListener("change", () => { viewer.heatShown = parts.heatShown.checked; viewer.changed(); });
  parts.heatOpacity.addEventListener("input", () => { viewer.heatOpacity = Number(parts.heatOpacity.value); viewer.changed(); });
  for (const name of ["width", "center"]) parts[name].addEventListener("change", () => typedWindow(viewer, parts));
  bindWhich(viewer, parts);
}

/** Take a typed width and center; what can't be shown is put back. */
function typedWindow(viewer, { width, center }) {
  const typed = { ...viewer.window, width: width.valueAsNumber, center: center.valueAsNumber };
  const least = typed.function === "LINEAR" ? 1 : 1e-6;
  if (typed.width >= least && Number.isFinite(typed.center)) viewer.setWindow(typed);
  else [width.value, center.value] = [viewer.window.width, viewer.window.center];
}
