// What the file says about itself: the same parts of the card that the server fills where there is no JavaScript.
import { inWords } from "./dates.js";
import { field, part } from "./fields.js";
import { ask, ProblemError, t } from "./server.js";

const source = (claim) => t("file.source", { source: claim.source });

export function confesses(claim) {
  return ["generated", "edited_with_ai"].includes(claim.kind) && !["hint", "broken"].includes(claim.strength);
}

// Its content credentials do not fit the file.
export function isWarning(claim) {
  return claim.kind === "content_credentials" && claim.strength === "broken";
}

function first(card, name, said) {
  part(card, name).hidden = !said;
  if (!said) return;
  field(card, name).textContent = said.claim;
  field(card, `${name}-source`).textContent = source(said);
}

function list(element, claims) {
  element.replaceChildren(...claims.map((claim) => {
    const item = document.createElement("li");
    const small = document.createElement("span");
    item.dataset.strength = claim.strength;
    small.className = "small";
    small.textContent = source(claim);
    item.append(`${claim.kind === "date" ? inWords(claim.claim) : claim.claim} `, small);
    return item;
  }));
}

// `file`: the picture or clip, if the browser has it; only then can places and names be asked for, when the visitor opens them.
export function fillProvenance(card, claims, file, receipt) {
  first(card, "confession", claims.find(confesses));
  first(card, "warning", claims.find(isWarning));
  part(card, "provenance").hidden = claims.length === 0;
  list(field(card, "provenance"), claims);
  const details = part(card, "private");
  details.hidden = !file || !claims.some((claim) => claim.kind === "private");
  details.addEventListener("toggle", () => { if (details.open) open(card, file, receipt); }, { once: true });
}

async function open(card, file, receipt) {
  const form = new FormData();
  form.append("file", file, file.name || "picture");
  form.append("private", "true");
  if (receipt) form.append("receipt", receipt); // a part of that answer: it is not counted again
  try {
    const told = await ask("POST", "/api/v1/inspect", { form });
    list(field(card, "private"), told.private);
    if (told.private.length === 0) field(card, "private").textContent = t("file.private_none");
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    field(card, "private").textContent = error.message;
  }
}
