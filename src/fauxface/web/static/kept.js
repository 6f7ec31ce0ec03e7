// Results that survive Back and a reload: in this tab's own memory, never on the server, gone with the tab.
import { all, onChange } from "./results.js";
import { facts } from "./server.js";

const KEY = `fauxface ${facts.root} ${facts.version}`;

export function load() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
  } catch { return []; } // no memory here (a private window that forbids it), or not ours
}

const light = (entry) => ({ ...entry, closer: null, job: entry.job && { ...entry.job, frames: [] } });

onChange(() => {
  const entries = all().map(({ entry }) => entry);
  let full = false;
  for (let last = entries.length - 1; ; last -= 1) { // the oldest come last, and give up their pictures first
    try {
      if (entries.length) sessionStorage.setItem(KEY, JSON.stringify(entries));
      else sessionStorage.removeItem(KEY);
      break;
    } catch (error) {
      full = error.name === "QuotaExceededError";
      if (!full || last < 0) break;
      entries[last] = light(entries[last]);
    }
  }
  document.getElementById("full").hidden = !full;
});
