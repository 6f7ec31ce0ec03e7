// Shows the description of the API with Swagger UI, which is part of the package; nothing is asked of another host.
import { mend, nameFields } from "./api_mend.js";

const place = document.getElementById("api");

// Light or dark as the rest of the page; Swagger UI goes by a class of its own.
function follow() {
  const { theme } = document.documentElement.dataset;
  const dark = theme === "dark" || (theme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.classList.toggle("dark-mode", dark);
}
follow();
new MutationObserver(follow).observe(document.documentElement, { attributeFilter: ["data-theme"] });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", follow);

nameFields(place);
SwaggerUIBundle({
  plugins: [mend],
  syntaxHighlight: { activated: false }, // its colours cannot be read by all
  url: place.dataset.description,
  domNode: place,
  validatorUrl: "none", // it would ask a validator on the web
  deepLinking: true,
  persistAuthorization: false, // a key is forgotten when the tab is left
  defaultModelsExpandDepth: 0,
  supportedSubmitMethods: ["get", "post", "delete"],
});
