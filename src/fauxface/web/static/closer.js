// The closer look at a picture: says that it works, what it waits for and what failed, then fills its part of the card.
import { field, on, part, shape, sign } from "./fields.js";
import { Line } from "./line.js";
import { pictures } from "./pictures.js";
import { changed } from "./results.js";
import { askInTurn, ProblemError, t } from "./server.js";

// One after the other, and after the answers themselves: those come first.
const closerLine = new Line("closer.line", pictures);

class Look {
  constructor(card) {
    this.card = card;
    this.stops = [];
    this.stopped = false;
  }

  say(text) { tell(this.card, text, true); }

  begin() { this.say(t("closer.looking")); }

  onCancel(stop) { this.stops.push(stop); }

  remove() {} // its line is the card's

  stop() {
    this.stopped = true;
    this.stops.forEach((stop) => stop());
  }
}

function tell(card, text, pending = false) {
  const line = field(card, "holds");
  line.textContent = text;
  line.hidden = !text;
  line.classList.toggle("pending", pending);
}

export function lookCloser(card, entry, file) {
  const look = new Look(card);
  part(card, "retry").hidden = true;
  preview(card, file);
  look.begin();
  closerLine.add(look, async () => {
    const form = new FormData();
    form.append("file", file, file.name || "picture");
    form.append("receipt", entry.about.receipt); // a part of that answer: it is not counted again
    try {
      entry.closer = await askInTurn("POST", "/api/v1/explain", { form, work: look });
      showCloser(card, entry.closer);
      changed();
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      if (look.stopped) return;
      tell(card, t("closer.failed", { message: error.message }));
      part(card, "retry").hidden = false;
    }
  });
  return look;
}

// For an answer that was left before its closer look was done: the picture is gone.
export function lookAgain(card) { tell(card, t("closer.gone")); }

// The picture as the visitor has it, until the square that was judged comes; both take the same place.
function preview(card, file) {
  const picture = field(card, "picture");
  const address = URL.createObjectURL(file);
  const done = () => URL.revokeObjectURL(address);
  part(card, "look").hidden = false;
  picture.addEventListener("load", done, { once: true });
  picture.addEventListener("error", () => { done(); picture.hidden = true; }, { once: true }); // HEIC, in most browsers
  picture.src = address;
  picture.hidden = false;
}

export function showCloser(card, closer) {
  const picture = field(card, "picture");
  part(card, "look").hidden = false;
  picture.src = closer.picture;
  picture.hidden = false;
  tell(card, closer.holds?.sentence ?? "");
  const heat = field(card, "heat");
  heat.src = closer.heat;
  field(card, "heat-under").src = closer.picture;
  on(card, "opacity", "input", (event) => { heat.style.opacity = event.target.value / 100; });
  part(card, "heat").hidden = false;
  part(card, "stability").hidden = false;
  field(card, "stability").replaceChildren(...closer.stability.map(changeRow));
  part(card, "faces").hidden = closer.crops.length === 0;
  field(card, "faces").replaceChildren(...closer.crops.map(faceItem));
  if (closer.whole) drawBoxes(field(card, "boxes"), closer);
}

function changeRow(change) {
  const row = document.createElement("tr");
  row.dataset.tone = change.label;
  const name = document.createElement("th");
  name.scope = "row";
  name.textContent = change.change;
  const word = document.createElement("td");
  word.append(sign(change.label), ` ${change.word}`);
  const percent = document.createElement("td");
  percent.className = "n";
  percent.textContent = change.percent === null ? "–" : `${change.percent}%`;
  row.append(name, word, percent);
  return row;
}

// The whole picture with a numbered frame around each face.
function drawBoxes(drawing, { whole, crops }) {
  const { picture, width, height } = whole;
  for (const [name, value] of Object.entries({ width, height, viewBox: `0 0 ${width} ${height}` })) drawing.setAttribute(name, value);
  drawing.replaceChildren(shape("image", { href: picture, width, height }), ...crops.map(({ box, phrasing }, i) => {
    const [x, y, w, h] = box;
    const group = shape("g", { "data-tone": phrasing.tone });
    const number = shape("text", { x: x + 6, y: y + 24 });
    number.textContent = i + 1;
    const frame = { x, y, width: w, height: h };
    group.append(shape("rect", { class: "under", ...frame }), shape("rect", frame), number);
    return group;
  }));
}

function faceItem(crop, i) {
  const item = document.createElement("li");
  item.dataset.tone = crop.phrasing.tone;
  const picture = document.createElement("img");
  picture.src = crop.picture;
  picture.alt = "";
  const text = document.createElement("span");
  const percent = crop.phrasing.percent === null ? "" : `, ${crop.phrasing.percent}%`;
  text.append(`${t("answer.face", { number: i + 1 })}: `, sign(crop.phrasing.tone), ` ${crop.phrasing.word}${percent}`);
  item.append(picture, text);
  return item;
}
