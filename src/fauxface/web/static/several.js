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
  line.dataset.tone = about.phrasing.tone;
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
  answer.append(sign(about.phrasing.tone), ` ${about.phrasing.word}`);
  for (const [found, key] of [[confesses, "several.confesses"], [isWarning, "several.broken"]]) {
    if (!verdict.provenance?.some(found)) continue;
    const said = document.createElement("strong");
    said.textContent = t(key);
    answer.append(document.createElement("br"), said);
  }
  const number = document.createElement("td");
  number.className = "n";
  number.textContent = about.phrasing.percent === null ? about.phrasing.number || "–" : `${about.phrasing.percent}%`;
  line.append(name, answer, number);
  return line;
}
