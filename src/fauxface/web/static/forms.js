// What a visitor does with an answer: say that it is wrong, share it, make a report of it.
import { field, part } from "./fields.js";
import { ask, ProblemError, t } from "./server.js";

export async function giveFeedback(event, card, about, file) {
  event.preventDefault();
  const form = new FormData(event.target);
  form.set("receipt", about.receipt);
  const keep = event.target.elements.keep?.checked ?? false;
  form.set("keep", keep);
  if (keep && file) form.set("file", file, file.name || "picture");
  await busy(event.target, async () => {
    const kept = await ask("POST", "/api/v1/feedback", { form });
    event.target.hidden = true;
    const done = field(card, "feedback-done");
    done.textContent = t(kept.kept_picture ? "feedback.thanks_kept" : "feedback.thanks");
    done.hidden = false;
    done.focus();
  });
}

// The form goes to a tab of its own by itself; it only lacks what this card knows.
export function makeReport(event, { about, closer }) {
  const { elements } = event.target;
  elements.receipt.value = about.receipt;
  elements.explanation_receipt.value = closer?.explanation_receipt ?? "";
  elements.picture.value = closer?.picture ?? "";
}

export async function share(event, card, { about, closer }) {
  event.preventDefault();
  const form = new FormData(event.target);
  form.set("receipt", about.receipt);
  form.set("explanation_receipt", closer?.explanation_receipt ?? "");
  await busy(event.target, async () => {
    const made = await ask("POST", "/api/v1/results", { form });
    event.target.hidden = true;
    shared(card, part(card, "shared"), made);
  });
}

function shared(card, box, made) {
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
}

// Runs `work` with the form's button off, and says what went wrong.
async function busy(form, work) {
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
    await work();
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    line.textContent = error.message;
    line.hidden = false;
  } finally {
    button.disabled = false;
  }
}
