// One key for each answer: a key presses the button or follows the link that names it. Without scripts they work too.
const keys = document.getElementById("keys");
let gone = false;

// The page that comes back from the browser's memory takes keys again.
addEventListener("pageshow", () => { gone = false; });

if (keys) {
  keys.checked = localStorage.getItem("review-keys") !== "off"; // who dictates or types otherwise can turn them off
  keys.closest("label").hidden = false;
  keys.addEventListener("change", () => localStorage.setItem("review-keys", keys.checked ? "on" : "off"));
}

addEventListener("keydown", (event) => {
  const { target } = event;
  if (gone || event.repeat || event.ctrlKey || event.metaKey || event.altKey || (keys && !keys.checked)) return;
  if (target.matches?.("textarea, select, input:not([type=checkbox])")) {
    if (event.key === "Escape") target.blur();
    return;
  }
  const found = document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (!found) return;
  event.preventDefault();
  gone = true; // a second key must not answer for the next picture
  found.click();
});
