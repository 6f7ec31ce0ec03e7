// A clip: handed in, asked after until it is done, then a strip of frames and a curve to choose them by.
import { field, fillWords, part, show, sign } from "./answer.js";
import { ask, askInTurn, facts, ProblemError, t } from "./server.js";
import { Work } from "./work.js";

const SVG = "http://www.w3.org/2000/svg";
const ENDINGS = /\.(mp4|m4v|mov|webm|mkv|avi)$/i;
const PAUSE = 600; // milliseconds between two questions
const PATIENCE = 90_000; // milliseconds without an answer: a server that is started anew still has the clip

export const isVideo = (file) => file.type.startsWith("video/") || ENDINGS.test(file.name);

export async function judgeClip(file, place, tell) {
  const work = new Work(place, file.name);
  const form = new FormData();
  form.append("file", file, file.name);
  let stopped = false;
  let heard = Date.now();
  work.onCancel(() => { stopped = true; });
  try {
    let job = await askInTurn("POST", "/api/v1/videos", { form, work });
    heard = Date.now();
    work.say(t("work.read"));
    work.onCancel(() => { ask("DELETE", `/api/v1/jobs/${job.id}`).catch(() => {}); });
    while (["queued", "running"].includes(job.state)) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
      try {
        job = await ask("GET", `/api/v1/jobs/${job.id}`);
        heard = Date.now();
      } catch (error) {
        if (stopped) throw new ProblemError("cancelled", t("work.cancelled"));
        if (!["network", "overloaded", "closing", "unknown"].includes(error.code) || Date.now() - heard > PATIENCE) throw error;
        work.say(t("work.lost"));
        continue;
      }
      work.say(stage(job));
      work.progress(job.done, job.total);
      work.field("frames").replaceChildren(...job.frames.map((frame) => thumbnail(frame)));
      work.field("frames").hidden = job.frames.length === 0;
    }
    if (job.state === "failed") throw new ProblemError(job.error.code, job.error.message);
    if (job.state === "cancelled") throw new ProblemError("cancelled", t("work.cancelled"));
    const card = clipCard(job, file.name);
    work.replaceWith(card);
    field(card, "sentence").focus({ preventScroll: true });
    document.getElementById("said").textContent = `${file.name}: ${job.words.sentence}`;
  } catch (error) {
    work.remove();
    if (!(error instanceof ProblemError)) throw error;
    if (!stopped) tell(error.message);
  }
}

function stage(job) {
  if (job.state === "queued") return t("work.queue");
  return job.done > 0 ? t("work.frames", { done: job.done, total: job.total }) : t("work.read");
}

function clipCard(job, name) {
  const verdict = job.verdict;
  const card = show({ verdict, about: { name, sha256: job.sha256, receipt: job.receipt, words: job.words } });
  // Its frames are on this page now; the server need not keep them until their time is up.
  card.querySelector("[data-do=dismiss]").addEventListener("click", () => { ask("DELETE", `/api/v1/jobs/${job.id}`).catch(() => {}); });
  const strip = part(card, "frames");
  strip.hidden = false;
  const share = verdict.share_fake === null ? "–" : Math.round(verdict.share_fake * 100);
  field(card, "frames-said").textContent = t("video.frames", { count: job.frames.length, share, threshold: facts.threshold });
  const back = card.querySelector("[data-do=whole]");
  const picked = (i) => {
    const frame = job.frames[i];
    field(card, "picture").src = frame.picture;
    field(card, "picture").hidden = false;
    fillWords(card, frame.words);
    field(card, "name").textContent = `${name}, ${seconds(frame)} s`;
    mark(i);
  };
  const mark = (chosen) => {
    buttons.forEach((button, i) => button.firstElementChild.setAttribute("aria-pressed", String(i === chosen)));
    draw(field(card, "timeline"), job.frames, chosen);
    back.hidden = chosen === null;
  };
  back.addEventListener("click", () => {
    field(card, "picture").hidden = true;
    fillWords(card, job.words);
    field(card, "name").textContent = name;
    mark(null);
    field(card, "sentence").focus();
  });
  const buttons = job.frames.map((frame, i) => thumbnail(frame, () => picked(i)));
  field(card, "frames").replaceChildren(...buttons);
  mark(null);
  return card;
}

const seconds = (frame) => frame.seconds.toFixed(1);

function thumbnail(frame, pick = null) {
  const item = document.createElement("li");
  const button = document.createElement(pick ? "button" : "span");
  if (pick) {
    button.type = "button";
    button.setAttribute("aria-pressed", "false");
    button.setAttribute("aria-label", t("video.frame_at", { seconds: seconds(frame), percent: frame.words.percent ?? "–", word: frame.words.word }));
    button.addEventListener("click", pick);
  }
  button.dataset.tone = frame.words.tone;
  const picture = document.createElement("img");
  picture.src = frame.picture;
  picture.alt = "";
  const caption = document.createElement("span");
  caption.append(sign(frame.words.tone), ` ${seconds(frame)} s`);
  button.append(picture, caption);
  item.append(button);
  return item;
}

function draw(svg, frames, chosen) {
  const last = Math.max(frames.at(-1)?.seconds ?? 0, 0.001);
  const x = (frame) => (100 * frame.seconds) / last;
  const y = (frame) => 31 - 0.3 * (frame.words.percent ?? 50);
  const line = (name, from, to) => {
    const element = document.createElementNS(SVG, "line");
    for (const [key, value] of Object.entries({ class: name, x1: from[0], y1: from[1], x2: to[0], y2: to[1] })) element.setAttribute(key, value);
    return element;
  };
  const curve = document.createElementNS(SVG, "polyline");
  curve.setAttribute("class", "curve");
  curve.setAttribute("points", frames.filter((frame) => frame.words.percent !== null).map((frame) => `${x(frame)},${y(frame)}`).join(" "));
  const limit = 31 - 0.3 * facts.threshold;
  svg.replaceChildren(line("threshold", [0, limit], [100, limit]), curve);
  if (chosen !== null) svg.append(line("here", [x(frames[chosen]), 1], [x(frames[chosen]), 31]));
}
