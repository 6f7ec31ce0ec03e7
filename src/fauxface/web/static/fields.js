// The parts of a card by their names, and small pieces that cards are made of.
export const SVG = "http://www.w3.org/2000/svg";

export const field = (card, name) => card.querySelector(`[data-field=${name}]`);
export const part = (card, name) => card.querySelector(`[data-part=${name}]`);

export function on(card, what, event, handler) {
  card.querySelector(`[data-do=${what}]`)?.addEventListener(event, handler);
}

export function list(element, lines, tag = "li") {
  element.replaceChildren(...lines.map((line) => {
    const item = document.createElement(tag);
    item.textContent = line;
    return item;
  }));
}

export function shape(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

export function sign(tone) {
  const svg = shape("svg", { class: "sign", "aria-hidden": "true" });
  svg.append(shape("use", { href: `#sign-${tone}` }));
  return svg;
}
