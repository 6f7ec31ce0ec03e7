// The page: files come in, are held against the limits, wait in line, and become answers.
import { show } from "./card.js";
import { judgeClip } from "./clip.js";
import { clipCard } from "./strip.js";
import { load } from "./kept.js";
import { Line } from "./line.js";
import { batches, pictures } from "./pictures.js";
import { all, answers, changed } from "./results.js";
import "./several.js";
import { askInTurn, facts, ProblemError, t } from "./server.js";
import { open } from "./ways.js";
import { Work } from "./work.js";

const box = document.getElementById("box");
const problem = document.getElementById("problem");
const clips = new Line("work.line");
const ENDINGS = /\.(mp4|m4v|mov|webm|mkv|avi)$/i;
const isVideo = (file) => file.type.startsWith("video/") || ENDINGS.test(file.name);

document.documentElement.classList.add("js");
for (const hidden of box.querySelectorAll("[data-js]")) hidden.hidden = false;
if (matchMedia("(pointer: coarse)").matches) {
  const camera = document.getElementById("camera");
  camera.disabled = false;
  camera.hidden = false;
  document.getElementById("camera-label").hidden = false;
}

for (const entry of load()) answers.append(entry.job ? clipCard(entry) : show(entry));
changed();
open(take, tell);
box.addEventListener("submit", (event) => { event.preventDefault(); tell(t("error.no_file")); });
document.getElementById("clear").addEventListener("click", () => {
  for (const { card } of all()) card.querySelector("[data-do=dismiss]").click();
  tell();
  document.getElementById("files").focus();
});
for (const button of document.querySelectorAll("[data-sample]")) {
  button.addEventListener("click", async (event) => {
    event.preventDefault();
    try {
      const picture = await (await fetch(button.querySelector("img").src)).blob();
      take([new File([picture], button.dataset.sample, { type: picture.type })]);
    } catch { tell(t("error.network")); }
  });
}

function tell(...lines) {
  problem.textContent = lines.join("\n");
  problem.hidden = lines.length === 0;
  if (lines.length) problem.scrollIntoView({ block: "nearest" });
}

// Several may fail, one after the other.
function tellToo(line) { tell(...problem.textContent.split("\n").filter(Boolean), line); }

function take(files) {
  const wrong = [];
  const good = files.filter((file) => {
    const most = isVideo(file) ? facts.maxVideoBytes : facts.maxPictureBytes;
    if (file.size <= most) return true;
    wrong.push(t("error.too_large", { name: file.name, most: most < 10 * 2 ** 20 ? Number((most / 2 ** 20).toPrecision(2)) : Math.round(most / 2 ** 20) }));
    return false;
  });
  tell(...wrong);
  const arrived = arrival(good.length);
  const works = [];
  const begin = (line, name, run) => {
    const work = new Work(name);
    works.push(() => line.add(work, run));
    return work.card;
  };
  const cards = [
    ...batches(good.filter((file) => !isVideo(file))).map((batch) => begin(pictures, names(batch), (work) => judge(batch, work, arrived))),
    ...good.filter(isVideo).map((clip) => begin(clips, clip.name, (work) => judgeClip(clip, work, tellToo, arrived))),
  ];
  if (!cards.length) return;
  answers.prepend(...cards);
  changed();
  cards[0].scrollIntoView({ block: "nearest" });
  for (const start of works) start();
}

function names(files) {
  const said = files.map((file) => file.name).join(", ");
  return files.length > 1 ? t("work.several", { count: files.length, names: said }) : said;
}

// The first answer of what was handed in is brought into view; the others come in below it, and nothing moves any more.
function arrival(count) {
  let first = true;
  return (cards, said) => {
    changed();
    document.getElementById("said").textContent = said;
    if (!first) return;
    first = false;
    (count > 1 ? document.getElementById("results") : cards[0]).scrollIntoView({ block: "start" });
    cards[0].querySelector("[data-field=sentence]").focus({ preventScroll: true });
  };
}

async function judge(files, work, arrived) {
  const form = new FormData();
  for (const file of files) form.append("files", file, file.name || "picture");
  try {
    const told = await askInTurn("POST", "/api/v1/predict", { form, work });
    const cards = told.verdicts.map((verdict, i) => show({ verdict, about: told.files[i] }, files[i]));
    work.replaceWith(...cards);
    arrived(cards, told.files.map((about) => `${about.name}: ${about.phrasing.sentence}`).join(". "));
  } catch (error) {
    work.remove();
    if (!(error instanceof ProblemError)) throw error;
    if (error.code !== "cancelled") tellToo(error.message);
  }
}
