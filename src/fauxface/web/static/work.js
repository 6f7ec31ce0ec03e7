// A card that says what is being done, and can stop it.
import { leave } from "./results.js";
import { t } from "./server.js";

export class Work {
  constructor(name) {
    this.name = name;
    this.stops = [];
    this.card = document.getElementById("work-template").content.firstElementChild.cloneNode(true);
    this.field("name").textContent = name;
    this.say(t("work.upload"));
    this.field("name").title = name;
    this.card.querySelector("[data-do=cancel]").addEventListener("click", () => this.stops.forEach((stop) => stop()));
  }

  field(name) { return this.card.querySelector(`[data-field=${name}]`); }

  say(stage) { this.field("stage").textContent = stage; }

  onCancel(stop) { this.stops.push(stop); }

  begin() { this.say(t("work.upload")); }

  uploaded(share) {
    const bar = this.field("progress");
    if (share < 1) { bar.value = share * 100; return; }
    bar.removeAttribute("value");
    this.say(t("work.judge"));
  }

  progress(done, total) {
    const bar = this.field("progress");
    if (total > 0) bar.value = (100 * done) / total;
  }

  replaceWith(...cards) { this.card.replaceWith(...cards); }

  remove() { leave(this.card); }
}
