// A card with an answer: fills the same card that the server fills where there is no JavaScript.
import { ask, askInTurn, ProblemError, t } from "./server.js";
import { leave } from "./work.js";
import { fillProvenance } from "./provenance.js";

const SVG = "http://www.w3.org/2000/svg";

export function sign(tone) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "sign");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#sign-${tone}`);
  svg.append(use);
  return svg;
}

export const field = (card, name) => card.querySelector(`[data-field=${name}]`);
export const part = (card, name) => card.querySelector(`[data-part=${name}]`);

function list(element, lines) {
  element.replaceChildren(...lines.map((line) => {
    const item = document.createElement("li");
    item.textContent = line;
    return item;
  }));
}

// Sentence, number and reasons: also for one frame of a clip.
export function fillWords(card, words) {
  card.dataset.tone = words.tone;
  field(card, "sign").setAttribute("href", `#sign-${words.tone}`);
  field(card, "sentence").textContent = words.sentence;
  part(card, "percent").hidden = words.percent === null;
  if (words.percent !== null) {
    field(card, "percent").textContent = t("answer.probability", { percent: words.percent });
    field(card, "mark").setAttribute("x", words.percent - 1);
  }
  part(card, "reasons").hidden = words.reasons.length < 2;
  list(field(card, "reasons"), words.reasons);
  field(card, "hint").textContent = words.hint;
  field(card, "meaning").textContent = words.meaning;
}

// `about`: name, sha256, receipt, words. `file`: the picture, if the browser has it.
export function show({ verdict, about, file = null }) {
  const card = document.getElementById("answer-template").content.firstElementChild.cloneNode(true);
  fillWords(card, about.words);
  field(card, "name").textContent = about.name;
  part(card, "notes").hidden = verdict.notes.length === 0;
  list(field(card, "notes"), verdict.notes);
  fillProvenance(card, verdict.provenance ?? [], file);
  field(card, "model").textContent = verdict.model;
  field(card, "sha256").textContent = about.sha256;
  field(card, "time").textContent = t("answer.ms", { ms: Math.round(verdict.elapsed_ms) });
  const judged = about.receipt !== null && about.receipt !== undefined;
  for (const name of ["feedback", "share"]) part(card, name).hidden = !judged;
  const closing = new Stops();
  on(card, "dismiss", "click", () => { closing.stop(); leave(card); });
  on(card, "print", "click", () => print());
  on(card, "json", "click", () => download(`${about.name}.json`, { ...verdict, sha256: about.sha256 }));
  on(card, "opacity", "input", (event) => { field(card, "heat").style.opacity = event.target.value / 100; });
  field(card, "keep").hidden = file === null; // a clip can't be kept
  if (judged) {
    on(card, "feedback", "submit", (event) => feedback(event, card, about, file));
    on(card, "share", "submit", (event) => share(event, card, about));
    if (file && verdict.label) lookCloser(card, file, closing);
  }
  return card;
}

function on(card, what, event, handler) {
  card.querySelector(`[data-do=${what}]`)?.addEventListener(event, handler);
}

function preview(card, address) {
  field(card, "picture").src = address;
  field(card, "picture").hidden = false;
}

// What can be stopped, without a card of its own that says how far it is.
class Stops {
  constructor() { this.stops = []; }

  onCancel(stop) { this.stops.push(stop); }

  stop() { this.stops.forEach((stop) => stop()); }
}

async function lookCloser(card, file, work) {
  const form = new FormData();
  form.append("file", file, file.name || "picture");
  const temporary = URL.createObjectURL(file);
  preview(card, temporary);
  try {
    const closer = await askInTurn("POST", "/api/v1/explain", { form, work });
    preview(card, closer.picture);
    const heat = field(card, "heat");
    heat.src = closer.heat;
    heat.hidden = false;
    part(card, "heat").hidden = false;
    part(card, "stability").hidden = false;
    field(card, "stability").replaceChildren(...closer.stability.map(changeRow));
    part(card, "faces").hidden = closer.crops.length === 0;
    field(card, "faces").replaceChildren(...closer.crops.map(faceItem));
    if (closer.whole) drawBoxes(field(card, "boxes"), closer);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
  } finally {
    URL.revokeObjectURL(temporary);
  }
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
  percent.textContent = `${change.percent} %`;
  row.append(name, word, percent);
  return row;
}

function shape(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

// The whole picture with a numbered frame around each face.
function drawBoxes(drawing, { whole, crops }) {
  const { picture, width, height } = whole;
  for (const [name, value] of Object.entries({ width, height, viewBox: `0 0 ${width} ${height}` })) drawing.setAttribute(name, value);
  drawing.replaceChildren(shape("image", { href: picture, width, height }), ...crops.map(({ box, words }, i) => {
    const [x, y, w, h] = box;
    const group = shape("g", { "data-tone": words.tone });
    const number = shape("text", { x: x + 6, y: y + 24 });
    number.textContent = i + 1;
    const frame = { x, y, width: w, height: h };
    group.append(shape("rect", { class: "under", ...frame }), shape("rect", frame), number);
    return group;
  }));
}

function faceItem(crop, i) {
  const item = document.createElement("li");
  item.dataset.tone = crop.words.tone;
  const picture = document.createElement("img");
  picture.src = crop.picture;
  picture.alt = "";
  const text = document.createElement("span");
  text.append(`${t("answer.face", { number: i + 1 })}: `, sign(crop.words.tone), ` ${crop.words.word}, ${crop.words.percent}\u00a0%`);
  item.append(picture, text);
  return item;
}

async function feedback(event, card, about, file) {
  event.preventDefault();
  const form = new FormData(event.target);
  form.set("receipt", about.receipt);
  const keep = event.target.elements.keep?.checked ?? false;
  form.set("keep", keep);
  if (keep && file) form.set("file", file, file.name || "picture");
  await busy(event.target, card, "feedback-done", async () => {
    const kept = await ask("POST", "/api/v1/feedback", { form });
    event.target.hidden = true;
    return t(kept.kept_picture ? "feedback.thanks_kept" : "feedback.thanks");
  });
}

async function share(event, card, about) {
  event.preventDefault();
  const form = new FormData();
  form.set("receipt", about.receipt);
  const box = part(card, "shared");
  await busy(event.target, card, null, async () => {
    const made = await ask("POST", "/api/v1/results", { form });
    event.target.hidden = true;
    box.hidden = false;
    for (const [name, address] of [["share-url", made.url], ["unshare-url", made.delete_url]]) {
      field(card, name).href = address;
      field(card, name).textContent = address;
    }
    field(card, "share-url").focus();
    const copy = box.querySelector("[data-do=copy]");
    copy.hidden = !navigator.clipboard;
    copy.addEventListener("click", async () => { await navigator.clipboard.writeText(made.url); copy.textContent = t("share.copied"); });
    const deleted = () => {
      box.replaceChildren(t("share.deleted"));
      box.tabIndex = -1;
      box.focus();
    };
    box.querySelector("[data-do=unshare]").addEventListener("click", async () => {
      try {
        await ask("DELETE", `/api/v1/results/${made.id}`, { headers: { "X-Delete-Token": made.delete_token } });
        deleted();
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error;
        if (error.code === "not_found") deleted(); // somebody was faster, in another tab
        else box.append(error.message);
      }
    });
  });
}

// Runs `work` with the form's button off, and says how it ended.
async function busy(form, card, done, work) {
  const button = form.querySelector("button");
  let line = form.querySelector(".problem");
  if (!line) {
    line = document.createElement("p");
    line.className = "problem";
    line.setAttribute("role", "alert");
    form.append(line);
  }
  line.hidden = true;
  button.disabled = true;
  try {
    const said = await work();
    if (done) { field(card, done).textContent = said; field(card, done).hidden = false; field(card, done).focus(); }
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    line.textContent = error.message;
    line.hidden = false;
  } finally {
    button.disabled = false;
  }
}

export function download(name, content) {
  const address = URL.createObjectURL(new Blob([JSON.stringify(content, null, 2)], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}
