/* Keeps the fleet page fresh while somebody looks at it; without this there is the link. */

const EVERY_MS = 30_000;

/* Whoever is about to press a button, or reads in a long message, is not disturbed. */
const isInUse = (page) =>
  page.contains(document.activeElement) || page.querySelector(".fleet-entry:hover, a:hover") !== null;

async function refresh() {
  const page = document.getElementById("fleet");
  if (document.hidden || isInUse(page)) return;
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) return;
  const text = await answer.text();
  const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("fleet");
  if (fresh && !isInUse(page)) page.replaceWith(document.importNode(fresh, true));
}

setInterval(() => refresh().catch(() => {}), EVERY_MS); // the next time will tell
