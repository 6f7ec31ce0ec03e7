// What Swagger UI builds in a way that shuts people out, mended while it is built: it knows no option for any of it.
const named = (name) => ({ type, props }) => ({ type, props: { ...props, "aria-label": name } });
const level = (number) => ({ type, props }) => ({ type, props: { ...props, "aria-level": number } });

// Element, and the class that it must have (all, where there is none) → the element to build in its place.
const MENDS = [
  ["main", "", ({ props }) => ({ type: "div", props })], // the page has one already
  ["a", "nostyle", ({ props }) => ({ type: "span", props: { ...props, href: undefined } })], // it stands within a button
  ["button", "close-modal", named("Close")],
  ["pre", "", ({ type, props }) => ({ type, props: { ...props, tabIndex: 0 } })], // a keyboard can scroll it
  ["table", "responses-table", ({ type, props }) => ({ type, props: { ...props, role: undefined } })], // a region has a name
  // Its headings begin with the third level; ours on this page end with the first.
  ["h3", "", level(2)],
  ["h4", "", level(3)],
  ["h5", "", level(4)],
];

export function mend({ React }) {
  const build = React.createElement;
  React.createElement = (type, props, ...children) => {
    let made = { type, props };
    for (const [wanted, name, change] of typeof type === "string" ? MENDS : []) {
      if (type === wanted && (!name || props?.className?.split(" ").includes(name))) made = change(made);
    }
    return build(made.type, made.props, ...children);
  };
  return {};
}

// Fields get the name of what they stand for once they are there.
export function nameFields(place) {
  const name = () => {
    for (const row of place.querySelectorAll("tr[data-property-name], tr[data-param-name]")) {
      const { propertyName, paramName } = row.dataset;
      for (const input of row.querySelectorAll("input:not([aria-label]), select:not([aria-label]), textarea:not([aria-label])")) {
        if (!input.labels?.length) input.setAttribute("aria-label", propertyName ?? paramName);
      }
    }
  };
  new MutationObserver(name).observe(place, { childList: true, subtree: true });
}
