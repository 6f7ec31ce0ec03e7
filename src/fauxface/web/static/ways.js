// The ways in: choosing, the camera, dropping, pasting. An address is no picture, and is answered with a sentence.
import { t } from "./server.js";

const box = document.getElementById("box");
const ADDRESS = /^(https?:\/\/|www\.)\S+$/i;

export function open(take, tell) {
  for (const input of [document.getElementById("files"), document.getElementById("camera")]) {
    input.addEventListener("change", () => { take([...input.files]); input.value = ""; });
  }
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length) {
      event.preventDefault();
      take(files);
    } else if (!event.target.closest?.("input, textarea") && ADDRESS.test(event.clipboardData?.getData("text").trim() ?? "")) {
      tell(t("error.address"));
    }
  });
  let depth = 0;
  const calm = () => { depth = 0; box.classList.remove("over"); };
  addEventListener("dragenter", (event) => { if (wanted(event)) { depth += 1; box.classList.add("over"); } });
  addEventListener("dragleave", (event) => { if (wanted(event)) { depth -= 1; if (depth <= 0) calm(); } });
  addEventListener("dragover", (event) => { if (wanted(event)) event.preventDefault(); });
  addEventListener("drop", (event) => {
    if (!wanted(event)) return;
    event.preventDefault();
    calm();
    const files = [...event.dataTransfer.files];
    if (files.length) take(files);
    else tell(t("error.address"));
  });
}

function wanted(event) {
  const types = [...(event.dataTransfer?.types ?? [])];
  return types.includes("Files") || types.includes("text/uri-list");
}
