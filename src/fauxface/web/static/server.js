// What the page was told at its start, and one way to ask the server.
export const facts = JSON.parse(document.getElementById("facts").textContent);
export const token = facts.token;

// A sentence of the page, its {gaps} filled.
export function t(key, gaps = {}) {
  return (facts.t[key] ?? key).replace(/\{(\w+)\}/g, (gap, name) => gaps[name] ?? gap);
}

// Something went wrong that people can be told.
export class ProblemError extends Error {
  constructor(code, message, retryAfter = 0) {
    super(message);
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

// XMLHttpRequest, because it tells how far an upload is. Gives the JSON of the answer, or throws a ProblemError.
// Addresses begin with /api; below a proxy the prefix comes before them.
export function ask(method, url, { form = null, work = null, headers = {} } = {}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, facts.root + url);
    request.setRequestHeader("X-Page-Token", token);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    work?.onCancel(() => request.abort());
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) work?.uploaded?.(event.loaded / event.total);
    });
    request.addEventListener("abort", () => reject(new ProblemError("cancelled", t("work.cancelled"))));
    request.addEventListener("error", () => reject(new ProblemError("network", t("error.network"))));
    request.addEventListener("load", () => {
      if (request.status === 204) { resolve(null); return; }
      let body = null;
      try { body = JSON.parse(request.responseText); } catch { body = null; }
      if (request.status < 400 && body !== null) { resolve(body); return; }
      const after = Number(request.getResponseHeader("Retry-After")) || 0;
      reject(new ProblemError(body?.code ?? "unknown", body?.message ?? t("error.strange", { status: request.status }), after));
    });
    request.send(form);
  });
}

const PATIENCE = 180; // seconds

const WAITS = { overloaded: "work.busy", too_many_requests: "work.often", closing: "work.busy" };

// The same for work that a busy server refuses, or one that is asked too often: comes back when the server says, until
// it has its turn.
export async function askInTurn(method, url, options = {}) {
  const { work = null } = options;
  const last = Date.now() + 1000 * PATIENCE;
  for (;;) {
    try {
      return await ask(method, url, options);
    } catch (error) {
      if (!(error.code in WAITS) || Date.now() > last) throw error;
      const seconds = Math.max(1, error.retryAfter);
      work?.say?.(t(WAITS[error.code], { seconds }));
      await pause(1000 * seconds * (1 + Math.random() / 4), work);
      work?.begin?.();
    }
  }
}

function pause(milliseconds, work) {
  return new Promise((resolve, reject) => {
    const end = setTimeout(resolve, milliseconds);
    work?.onCancel(() => { clearTimeout(end); reject(new ProblemError("cancelled", t("work.cancelled"))); });
  });
}
