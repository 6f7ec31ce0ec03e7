// The card of a clip: its own answer stays on top; a strip of frames and a curve lead to what each frame says.
import { show } from "./card.js";
import { field, part, shape, sign } from "./fields.js";
import { ask, facts, t } from "./server.js";

export function clipCard(entry, file = null) {
  const { verdict, job } = entry;
  const card = show(entry, null, file);
  // Its frames are on this page now; the server need not keep them until their time is up.
  card.querySelector("[data-do=dismiss]").addEventListener("click", () => { ask("DELETE", `/api/v1/jobs/${job.id}`).catch(() => {}); });
  if (!job.frames.length) return card;
  part(card, "frames").hidden = false;
  const { share_fake: share, counted } = verdict;
  if (share !== null) {
    field(card, "frames-said").textContent = t("video.frames", { fake: Math.round(share * counted), count: counted, threshold: facts.threshold });
  }
  const chosen = part(card, "chosen");
  const mark = (place) => {
    items.forEach((item, i) => item.firstElementChild.setAttribute("aria-pressed", String(i === place)));
    draw(field(card, "timeline"), job.frames, place);
    chosen.hidden = place === null;
  };
  const pick = (place) => {
    const { picture, phrasing, seconds } = job.frames[place];
    chosen.dataset.tone = phrasing.tone;
    field(card, "chosen-picture").src = picture;
    field(card, "chosen-name").textContent = t("video.chosen", { seconds: seconds.toFixed(1) });
    field(card, "chosen-sentence").textContent = phrasing.sentence;
    field(card, "chosen-number").textContent = phrasing.number;
    field(card, "chosen-number").hidden = !phrasing.number;
    mark(place);
    chosen.scrollIntoView({ block: "nearest" });
  };
  const items = strip(job.frames, pick);
  card.querySelector("[data-do=whole]").addEventListener("click", () => {
    const place = items.findIndex((item) => item.firstElementChild.getAttribute("aria-pressed") === "true");
    mark(null);
    items[place]?.firstElementChild.focus();
  });
  field(card, "frames").replaceChildren(...items);
  mark(null);
  return card;
}

// Thumbnails of frames; buttons, if one can `pick` them.
export function strip(frames, pick = null) {
  return frames.map((frame, i) => {
    const item = document.createElement("li");
    const button = document.createElement(pick ? "button" : "span");
    const seconds = frame.seconds.toFixed(1);
    if (pick) {
      button.type = "button";
      button.setAttribute("aria-pressed", "false");
      button.setAttribute("aria-label", t("video.frame_at", { seconds, word: frame.phrasing.word }));
      button.addEventListener("click", () => pick(i));
    }
    button.dataset.tone = frame.phrasing.tone;
    const picture = document.createElement("img");
    picture.src = frame.picture;
    picture.alt = "";
    const caption = document.createElement("span");
    caption.append(sign(frame.phrasing.tone), ` ${seconds} s`);
    button.append(picture, caption);
    item.append(button);
    return item;
  });
}

function draw(svg, frames, chosen) {
  const last = Math.max(frames.at(-1)?.seconds ?? 0, 0.001);
  const x = (frame) => (100 * frame.seconds) / last;
  const line = (name, from, to) => shape("line", { class: name, x1: from[0], y1: from[1], x2: to[0], y2: to[1] });
  const judged = frames.filter((frame) => frame.verdict.probability_fake !== null);
  const points = judged.map((frame) => `${x(frame)},${31 - 30 * frame.verdict.probability_fake}`).join(" ");
  const height = 31 - 0.3 * facts.threshold;
  svg.replaceChildren(line("threshold", [0, height], [100, height]), shape("polyline", { class: "curve", points }));
  if (chosen !== null) svg.append(line("here", [x(frames[chosen]), 1], [x(frames[chosen]), 31]));
}
