// Pictures on their way to the detector: as many in one request as the server takes, one request after the other.
import { Line } from "./line.js";
import { facts } from "./server.js";

export const pictures = new Line("work.line");

export function batches(files) {
  const found = [];
  let bytes = 0;
  for (const file of files) {
    const last = found.at(-1);
    if (last && last.length < facts.maxFiles && bytes + file.size <= facts.maxPictureBytes) {
      last.push(file);
      bytes += file.size;
    } else {
      found.push([file]);
      bytes = file.size;
    }
  }
  return found;
}
