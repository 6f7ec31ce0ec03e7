// The answers on the page, in the order in which they stand there, each with what it was made of.
import { facts } from "./server.js";

export const answers = document.getElementById("answers");

const entries = new WeakMap(); // card → { verdict, about, closer, job }
const listeners = [];

export function belongs(card, entry) { entries.set(card, entry); }

export function all() {
  const cards = [...answers.querySelectorAll("[data-answer]")];
  return cards.map((card) => ({ card, entry: entries.get(card) })).filter(({ entry }) => entry);
}

export function onChange(listener) { listeners.push(listener); }

export function changed() { for (const listener of listeners) listener(); }

// The box is a bar while there is something to look at, and the box again when all is gone.
onChange(() => {
  const some = answers.children.length > 0;
  document.documentElement.classList.toggle("asked", some);
  document.getElementById("results").hidden = !some;
  document.getElementById("clear").hidden = !some;
  document.getElementById("files-label").textContent = facts.t[some ? "box.again" : "box.browse"];
});

// The bar stays on top: what is scrolled into view must end up below it, however many rows it has.
const box = document.getElementById("box");
const keepClear = () => {
  const asked = answers.children.length > 0;
  document.documentElement.style.scrollPaddingTop = asked ? `${box.offsetHeight + 14}px` : "";
};
onChange(keepClear);
new ResizeObserver(keepClear).observe(box);

// Takes a card away. Who was in it finds the next one, or the box, and is not thrown back to the top of the page.
export function leave(card) {
  const inside = card.contains(document.activeElement);
  const near = card.nextElementSibling ?? card.previousElementSibling;
  card.remove();
  changed();
  if (inside) (near?.querySelector("[data-field=sentence], [data-do=cancel]") ?? document.getElementById("files")).focus();
}
