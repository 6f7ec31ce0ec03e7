// The box: files come in by choosing, dropping, pasting or the camera, are held against the limits, and sent.
import { show } from "./answer.js";
import { askInTurn, facts, ProblemError, t } from "./server.js";
import { isVideo, judgeClip } from "./clip.js";
import { Work } from "./work.js";

const box = document.getElementById("box");
const input = document.getElementById("files");
const camera = document.getElementById("camera");
const problem = document.getElementById("problem");
const results = document.getElementById("results");
const answers = document.getElementById("answers");

document.documentElement.classList.add("js");
for (const hidden of box.querySelectorAll("[data-js]")) hidden.hidden = false;
if (matchMedia("(pointer: coarse)").matches) {
  camera.disabled = false;
  camera.hidden = false;
  document.getElementById("camera-label").hidden = false;
}

input.addEventListener("change", () => { take([...input.files]); input.value = ""; });
camera.addEventListener("change", () => { take([...camera.files]); camera.value = ""; });
box.addEventListener("submit", (event) => { event.preventDefault(); tell(t("error.no_file")); });
document.addEventListener("paste", (event) => {
  const files = [...(event.clipboardData?.files ?? [])];
  if (files.length) { event.preventDefault(); take(files); }
});
let depth = 0;
addEventListener("dragenter", (event) => { if (hasFiles(event)) { depth += 1; box.classList.add("over"); } });
addEventListener("dragleave", (event) => { if (hasFiles(event)) { depth -= 1; if (depth <= 0) calm(); } });
addEventListener("dragover", (event) => { if (hasFiles(event)) event.preventDefault(); });
addEventListener("drop", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  calm();
  take([...event.dataTransfer.files]);
});
for (const link of document.querySelectorAll("[data-sample]")) {
  link.addEventListener("click", async (event) => {
    event.preventDefault();
    try {
      const picture = await (await fetch(link.href)).blob();
      take([new File([picture], link.dataset.sample, { type: picture.type })]);
    } catch { tell(t("error.network")); }
  });
}

function hasFiles(event) { return [...(event.dataTransfer?.types ?? [])].includes("Files"); }
function calm() { depth = 0; box.classList.remove("over"); }

function tell(...lines) {
  problem.textContent = lines.join("\n");
  problem.hidden = lines.length === 0;
  if (lines.length) problem.scrollIntoView({ block: "nearest" });
}

// Several may fail, one after the other.
function tellToo(line) { tell(...problem.textContent.split("\n").filter(Boolean), line); }

async function take(files) {
  tell();
  const clips = files.filter(isVideo);
  const pictures = files.filter((file) => !isVideo(file));
  const wrong = [];
  if (pictures.length > facts.maxFiles) {
    tell(t("error.too_many", { count: pictures.length, most: facts.maxFiles }));
    return;
  }
  const fits = (file) => {
    const most = isVideo(file) ? facts.maxVideoBytes : facts.maxPictureBytes;
    if (file.size <= most) return true;
    wrong.push(t("error.too_large", { name: file.name, most: most < 10 * 2 ** 20 ? Number((most / 2 ** 20).toPrecision(2)) : Math.round(most / 2 ** 20) }));
    return false;
  };
  const good = pictures.filter(fits);
  const goodClips = clips.filter(fits);
  tell(...wrong);
  if (good.length + goodClips.length === 0) return;
  results.hidden = false;
  results.scrollIntoView({ block: "start", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  if (good.length) await judge(good);
  for (const clip of goodClips) await judgeClip(clip, answers, tellToo);
}

async function judge(files) {
  const name = files.map((file) => file.name).join(", ");
  const work = new Work(answers, name);
  const form = new FormData();
  for (const file of files) form.append("files", file, file.name || "picture");
  try {
    const told = await askInTurn("POST", "/api/v1/predict", { form, work });
    const cards = told.verdicts.map((verdict, i) => show({ verdict, about: told.files[i], file: files[i] }));
    work.replaceWith(...cards);
    cards[0].querySelector("[data-field=sentence]").focus({ preventScroll: true });
    document.getElementById("said").textContent = told.files.map((about) => `${about.name}: ${about.words.sentence}`).join(". ");
  } catch (error) {
    work.remove();
    if (!(error instanceof ProblemError)) throw error;
    if (error.code !== "cancelled") tellToo(error.message);
  }
}

