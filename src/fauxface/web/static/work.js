// A card that says what is being done, and can stop it.
import { t } from "./server.js";

export class Work {
  constructor(place, name) {
    this.name = name;
    this.stops = [];
    this.card = document.getElementById("work-template").content.firstElementChild.cloneNode(true);
    this.field("name").textContent = name;
    this.say(t("work.upload", { name: "" }).trim());
    this.field("progress").setAttribute("aria-label", t("work.upload", { name }));
    this.field("name").title = name;
    this.card.querySelector("[data-do=cancel]").addEventListener("click", () => this.stops.forEach((stop) => stop()));
    place.prepend(this.card);
  }

  field(name) { return this.card.querySelector(`[data-field=${name}]`); }

  say(stage) { this.field("stage").textContent = stage; }

  onCancel(stop) { this.stops.push(stop); }

  uploaded(share) {
    const bar = this.field("progress");
    if (share < 1) { bar.value = share * 100; return; }
    bar.removeAttribute("value");
    this.say(t("work.judge", { name: "" }).trim());
  }

  progress(done, total) {
    const bar = this.field("progress");
    if (total > 0) bar.value = (100 * done) / total;
  }

  replaceWith(...cards) { this.card.replaceWith(...cards); }

  remove() { leave(this.card); }
}

// Takes a card away. Who was in it finds the next one, or the box, and is not thrown back to the top of the page.
export function leave(card) {
  const inside = card.contains(document.activeElement);
  const near = card.nextElementSibling ?? card.previousElementSibling;
  card.remove();
  const results = document.getElementById("results");
  if (!document.getElementById("answers").children.length) results.hidden = true;
  if (inside) (near?.querySelector("[data-field=sentence], [data-do=cancel]") ?? document.getElementById("files")).focus();
}
