// Days as people write them: 2026-12-28 becomes 28 December 2026. What is no day stays as it is.
export function inWords(text) {
  return text.replace(/\b([1-9]\d{3})-(\d\d)-(\d\d)( (?=\d\d:\d\d))?/, (found, year, month, number, time) => {
    const day = new Date(Date.UTC(year, month - 1, number));
    if (day.getUTCMonth() !== month - 1 || day.getUTCDate() !== Number(number)) return found;
    const written = day.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
    return written + (time ? ", " : "");
  });
}
