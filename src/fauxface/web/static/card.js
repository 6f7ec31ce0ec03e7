// A card with an answer: fills the same card that the server fills where there is no JavaScript.
import { lookAgain, lookCloser, showCloser } from "./closer.js";
import { field, list, on, part } from "./fields.js";
import { giveFeedback, makeReport, share } from "./forms.js";
import { belongs, leave } from "./results.js";
import { fillProvenance } from "./provenance.js";
import { saveJson } from "./save.js";
import { t } from "./server.js";

// Sentence, number and what follows from them.
function fillPhrasing(card, phrasing) {
  card.dataset.tone = phrasing.tone;
  field(card, "sign").setAttribute("href", `#sign-${phrasing.tone}`);
  for (const name of ["sentence", "number", "hint", "scope"]) {
    field(card, name).textContent = phrasing[name];
    field(card, name).hidden = !phrasing[name];
  }
  list(field(card, "meaning"), phrasing.meaning.split("\n").filter(Boolean), "p");
  field(card, "meaning").hidden = !phrasing.meaning;
  part(card, "scale").hidden = phrasing.percent === null;
  if (phrasing.percent !== null) field(card, "mark").setAttribute("x", phrasing.percent - 1);
  part(card, "reasons").hidden = phrasing.reasons.length < 2;
  list(field(card, "reasons"), phrasing.reasons);
  part(card, "next").hidden = phrasing.next.length === 0;
  list(field(card, "next"), phrasing.next);
}

// `entry`: verdict, about (name, sha256, receipt, phrasing), and what is known already: closer, job.
// `file`: the picture, if the browser still has it. `source`: the picture or the clip.
export function show(entry, file = null, source = file) {
  const { verdict, about } = entry;
  const card = document.getElementById("answer-template").content.firstElementChild.cloneNode(true);
  belongs(card, entry);
  fillPhrasing(card, about.phrasing);
  field(card, "name").textContent = about.name;
  part(card, "notes").hidden = verdict.notes.length === 0;
  list(field(card, "notes"), verdict.notes);
  fillProvenance(card, verdict.provenance ?? [], source, about.receipt);
  field(card, "model").textContent = verdict.model;
  field(card, "sha256").textContent = about.sha256;
  field(card, "time").textContent = t("answer.ms", { ms: Math.round(verdict.elapsed_ms) });
  on(card, "json", "click", () => saveJson(entry));
  const judged = Boolean(about.receipt);
  for (const name of ["feedback", "share", "report"]) part(card, name).hidden = !judged;
  field(card, "keep").hidden = file === null; // a clip can't be kept, nor what was left behind
  if (file === null) field(card, "keep-note").textContent = t("feedback.keep_not");
  let look = null;
  on(card, "dismiss", "click", () => { look?.stop(); leave(card); });
  if (judged) {
    for (const label of card.querySelectorAll("[data-field=with-name]")) label.textContent = t("share.name", { name: about.name });
    on(card, "feedback", "submit", (event) => giveFeedback(event, card, about, file));
    on(card, "share", "submit", (event) => share(event, card, entry));
    on(card, "report", "submit", (event) => makeReport(event, entry));
    if (entry.closer) showCloser(card, entry.closer);
    else if (file) {
      look = lookCloser(card, entry, file);
      on(card, "retry", "click", () => { look = lookCloser(card, entry, file); });
    } else if (!entry.job) lookAgain(card);
  }
  return card;
}
