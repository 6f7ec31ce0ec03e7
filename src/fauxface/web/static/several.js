// Several answers at a glance, above them.
import { sign } from "./fields.js";
import { confesses, isWarning } from "./provenance.js";
import { all, onChange } from "./results.js";
import { saveCsv } from "./save.js";
import { t } from "./server.js";

const rows = document.getElementById("several-rows");

document.getElementById("csv").addEventListener("click", saveCsv);

onChange(() => {
  const found = all();
  document.getElementById("several").hidden = found.length < 2;
  rows.replaceChildren(...(found.length < 2 ? [] : found.map(row)));
});

function row({ card, entry: { about, verdict } }) {
  const line = document.createElement("tr");
  line.dataset.tone = about.words.tone;
  const name = document.createElement("th");
  name.scope = "row";
  const go = document.createElement("button");
  go.type = "button";
  go.className = "link";
  go.textContent = about.name;
  go.addEventListener("click", () => {
    card.scrollIntoView({ block: "start" });
    card.querySelector("[data-field=sentence]").focus({ preventScroll: true });
  });
  name.append(go);
  const answer = document.createElement("td");
  answer.append(sign(about.words.tone), ` ${about.words.word}`);
  for (const [found, words] of [[confesses, "several.confesses"], [isWarning, "several.broken"]]) {
    if (!verdict.provenance?.some(found)) continue;
    const said = document.createElement("strong");
    said.textContent = t(words);
    answer.append(document.createElement("br"), said);
  }
  const number = document.createElement("td");
  number.className = "n";
  number.textContent = about.words.percent === null ? about.words.number || "–" : `${about.words.percent}%`;
  line.append(name, answer, number);
  return line;
}
