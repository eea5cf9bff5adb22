// The heat map over the slice that it was made for.

/** Take another heat map, or none; the same one again changes nothing. The user's own opacity outlives a new map. */
function takeHeat(viewer, heat) {
  const said = JSON.stringify(heat);
  if (said === viewer.lastHeat) return;
  viewer.lastHeat = said;
  const before = viewer.heat;
  if (heat && (viewer.heatOpacity === null || (before && before.opacity !== heat.opacity))) viewer.heatOpacity = heat.opacity;
  const isNew = heat?.token !== before?.token;
  viewer.heat = heat && { ...heat, levels: isNew ? null : before.levels };
  if (isNew) loadHeat(viewer, viewer.heat);
  viewer.refresh();
}

async function loadHeat(viewer, heat) {
  viewer.heatStop?.abort();
  viewer.heatStop = new AbortController();
  if (!heat) return;
  try {
    const levels = await fetchSlice(heat.url, 0, "uint8", viewer.heatStop.signal);
    if (viewer.heat?.token === heat.token) viewer.heat.levels = levels;
  } catch (error) {
    if (error.name === "AbortError") return;
    if (!(error instanceof SliceError)) throw error;
    if (viewer.heat?.token === heat.token) viewer.heat.failure = "The heat map can't be fetched: make it again.";
  }
  viewer.refresh();
}

/** Whether a heat map belongs on this slice and is wanted. */
function heatIsHere({ heat, heatShown, slice }) {
  return Boolean(heat && heatShown && heat.slice_index === slice);
}

/** The heat 0..255 on the canvas grid. */
function heatPlane(viewer, grid) {
  if (grid.heatToken !== viewer.heat.token) {
    grid.heat = resample(viewer.heat.levels, viewer.columns, grid.across, grid.down);
    grid.heatToken = viewer.heat.token;
  }
  return grid.heat;
}

function showHeat(viewer) {
  const { parts, heat, count } = viewer;
  parts.heat.classList.toggle("empty", !heat);
  if (!heat) return;
  parts.heatShown.checked = viewer.heatShown;
  parts.heatOpacity.value = viewer.heatOpacity;
  const place = `${viewer.noun()} ${heat.slice_index + 1}/${count}`;
  const words = viewer.say("heat map for {label}, {place}", { label: viewer.say(heat.label), place });
  parts.heatWords.textContent = heat.failure ? viewer.say(heat.failure) : words;
  parts.heatGo.hidden = heat.slice_index === viewer.slice;
}
