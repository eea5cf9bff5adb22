// A picture to point at: a click or a touch gives the point, a key the field that the arrows were moved to.
const SIDE = 4;
const STEPS = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };

export default function ({ data, parentElement, setTriggerValue }) {
  const field = parentElement.querySelector(".field");
  const picture = document.createElement("img");
  picture.src = data.picture;
  picture.alt = data.alt;
  const grid = document.createElement("div");
  grid.className = "grid";
  grid.dataset.takesKeys = "";
  grid.setAttribute("role", "group");
  grid.setAttribute("aria-label", data.label);
  const buttons = Array.from({ length: SIDE * SIDE }, (_, at) => fieldButton(at, data, field, setTriggerValue));
  grid.append(...buttons);
  grid.addEventListener("keydown", (event) => move(event, buttons));
  const focused = buttons.findIndex((each) => each.getRootNode().activeElement === each);
  field.replaceChildren(picture, grid);
  if (focused >= 0) buttons[focused].focus();
}

function fieldButton(at, data, field, setTriggerValue) {
  const button = document.createElement("button"), row = Math.floor(at / SIDE), column = at % SIDE;
  button.type = "button";
  button.tabIndex = at ? -1 : 0;
  button.setAttribute("aria-label", data.place.replace("{row}", row + 1).replace("{column}", column + 1));
  button.addEventListener("click", (event) => {
    const box = field.getBoundingClientRect();
    const across = (event.clientX - box.left) / box.width, down = (event.clientY - box.top) / box.height;
    const whole = [row / SIDE, column / SIDE, (row + 1) / SIDE, (column + 1) / SIDE];
    setTriggerValue("picked", event.detail ? [down, across, down, across] : whole);
  });
  return button;
}

function move(event, buttons) {
  const step = STEPS[event.key], at = buttons.indexOf(event.target);
  if (!step || at < 0) return;
  event.preventDefault();
  const row = Math.min(SIDE - 1, Math.max(0, Math.floor(at / SIDE) + step[0]));
  const column = Math.min(SIDE - 1, Math.max(0, (at % SIDE) + step[1]));
  const next = buttons[row * SIDE + column];
  buttons.forEach((each) => { each.tabIndex = each === next ? 0 : -1; });
  next.focus();
}
