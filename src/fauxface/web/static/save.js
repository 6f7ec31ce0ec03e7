// Files that a visitor takes away: one answer as JSON, several as CSV.
import { confesses } from "./provenance.js";
import { all } from "./results.js";

export function saveJson({ verdict, about, closer }) {
  const { sha256, judged_at, phrasing } = about;
  const twin = { sentence: phrasing.sentence, number: phrasing.number, judged_at, sha256, holds: closer?.holds ?? null, meaning: phrasing.meaning, ...verdict };
  save(`${about.name}.json`, JSON.stringify(twin, null, 2), "application/json");
}

const COLUMNS = ["file", "answer", "chance_percent", "label", "probability_fake", "holds", "file_says", "sha256", "model", "checked_at_utc"];

export function saveCsv() {
  const rows = all().map(({ entry: { verdict, about, closer } }) => [
    about.name, about.phrasing.sentence, about.phrasing.percent, verdict.label, readable(verdict),
    closer?.holds ? `${closer.holds.held} of ${closer.holds.of}` : null,
    verdict.provenance?.find(confesses)?.claim ?? null, about.sha256, verdict.model, about.judged_at,
  ]);
  // The mark at the beginning tells Excel that it is UTF-8.
  save("fauxface.csv", `\ufeff${[COLUMNS, ...rows].map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`, "text/csv");
}

// Who reads a table must not find a number where the page shows none; the JSON of the API keeps it for programs.
const readable = ({ label, probability_fake: probability }) => (label === "uncertain" ? null : probability);

// A name that begins like a formula must not become one.
function cell(value) {
  const text = String(value ?? "");
  const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function save(name, content, type) {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}
