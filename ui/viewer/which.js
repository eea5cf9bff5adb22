// Which one of several volumes that were taken together is shown: a number, a slider and two keys.

const ASK_MS = 150; // another volume is asked for when the slider has been still for so long

/** Show another volume of the same whole, from 0; the page brings its voxels. */
function chooseVolume(viewer, position) {
  if (!viewer.series.which) return;
  viewer.wanted = Math.min(viewer.series.which.count - 1, Math.max(0, position));
  showWhich(viewer);
  clearTimeout(viewer.asking);
  viewer.asking = setTimeout(() => askForVolume(viewer), ASK_MS);
}

function askForVolume(viewer) {
  const { whole, word, position } = viewer.series.which;
  viewer.asking = null;
  if (viewer.wanted === position) return;
  viewer.note(viewer.say("loading {noun} {number}…", { noun: viewer.say(word), number: viewer.wanted + 1 }));
  viewer.tellNow(); // how this one is seen goes before it, as the next one is to be seen so
  viewer.trigger("volume", { whole, position: viewer.wanted });
}

/** The volume before or after the one that is shown or on its way. */
function stepVolume(viewer, step) {
  chooseVolume(viewer, (viewer.wanted ?? viewer.series.which?.position) + step);
}

/** Once the page has answered, with another volume or with this one again, the tools say what is shown. */
function settleVolume(viewer, answered) {
  const isAnswer = answered !== viewer.answered;
  viewer.answered = answered;
  if (!isAnswer || viewer.asking) return;
  if (viewer.wanted !== null && viewer.slices.get(viewer.slice)) viewer.note("");
  viewer.wanted = null;
  showWhich(viewer);
}

function layOutWhich(viewer) {
  const { parts, series: { which } } = viewer;
  parts.which.hidden = !which;
  if (!which) return;
  const say = (text, values) => viewer.say(text, values);
  const word = say(which.word);
  parts.which.setAttribute("aria-label", word);
  parts.whichWord.textContent = word[0].toUpperCase() + word.slice(1);
  parts.whichCount.textContent = say("of {count}", { count: which.count });
  parts.whichNumber.max = parts.whichSlider.max = which.count;
  parts.whichNumber.setAttribute("aria-label", say("{word}, a number from 1 to {count}", { word, count: which.count }));
  parts.whichSlider.setAttribute("aria-label", say("{word}, a slider", { word }));
}

function showWhich({ root, parts, wanted, series: { which } }) {
  if (!which) return;
  const number = (wanted ?? which.position) + 1;
  if (root.activeElement !== parts.whichNumber || wanted === null) parts.whichNumber.value = number;
  parts.whichSlider.value = number;
  parts.whichSlider.setAttribute("aria-valuetext", `${number} / ${which.count}`);
}

function bindWhich(viewer, { whichNumber, whichSlider }) {
  whichSlider.addEventListener("input", () => chooseVolume(viewer, whichSlider.valueAsNumber - 1));
  whichNumber.addEventListener("change", () => {
    if (Number.isInteger(whichNumber.valueAsNumber)) chooseVolume(viewer, whichNumber.valueAsNumber - 1);
    whichNumber.value = (viewer.wanted ?? viewer.series.which.position) + 1;
  });
}
