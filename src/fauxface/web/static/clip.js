// A clip: handed in, and asked after until it is done.
import { strip as thumbnails, clipCard } from "./strip.js";
import { ask, askInTurn, ProblemError, t } from "./server.js";

const PAUSE = 600; // milliseconds between two questions
const PATIENCE = 90_000; // milliseconds without an answer: a server that is started anew still has the clip

export async function judgeClip(file, work, tell, arrived) {
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
      work.field("frames").replaceChildren(...thumbnails(job.frames));
      work.field("frames").hidden = job.frames.length === 0;
    }
    if (job.state === "failed" && !job.verdict) throw new ProblemError(job.error.code, job.error.message);
    if (job.state === "cancelled") throw new ProblemError("cancelled", t("work.cancelled"));
    const { id, frames, verdict, sha256, receipt, phrasing, judged_at } = job;
    const card = clipCard({ verdict, about: { name: file.name, sha256, receipt, phrasing, judged_at }, job: { id, frames } }, file);
    work.replaceWith(card);
    arrived([card], `${file.name}: ${phrasing.sentence}`);
  } catch (error) {
    work.remove();
    if (!(error instanceof ProblemError)) throw error;
    if (!stopped) tell(error.message);
  }
}

function stage(job) {
  if (job.state === "queued") return t("work.queue");
  if (job.done === 0) return t("work.read");
  const said = t("work.frames", { done: job.done, total: job.total });
  return job.seconds_left ? `${said}, ${t("work.left", { seconds: Math.ceil(job.seconds_left) })}` : said;
}
