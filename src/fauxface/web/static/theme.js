// Light or dark without leaving the page, so that no result is lost. Without scripts the form does the same.
const form = document.querySelector("form.theme");

form.addEventListener("submit", async (event) => {
  const chosen = event.submitter?.value;
  if (!chosen) return;
  event.preventDefault();
  document.documentElement.dataset.theme = chosen;
  for (const button of form.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.value === chosen));
  const body = new URLSearchParams({ theme: chosen });
  await fetch(form.action, { method: "POST", body, redirect: "manual" }).catch(() => {});
});
