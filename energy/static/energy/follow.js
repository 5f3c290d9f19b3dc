/* Keeps the parts of an administrator's page that are marked data-fresh in step with the server:
 * every two seconds while an import is under way, else every half minute where the page asks for it
 * with data-follow. Without this there is Reload. */

const IMPORT_MS = 2_000;
const EVERY_MS = 30_000;

/* Nobody is disturbed who is about to press a button, or reads in a long message. */
const isInUse = (part) =>
  part.contains(document.activeElement) || part.querySelector("pre:hover, a:hover, button:hover") !== null;

function replacePart(part, answer) {
  const fresh = answer.getElementById(part.id);
  if (fresh && !isInUse(part)) part.replaceWith(document.importNode(fresh, true));
}

async function refresh() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-fresh]")) replacePart(part, page);
}

function getWaitMs() {
  if (document.querySelector("[data-unfinished]")) return IMPORT_MS;
  return document.querySelector("[data-follow]") ? EVERY_MS : null;
}

function follow() {
  const waitMs = getWaitMs();
  if (waitMs === null) return;
  setTimeout(async () => {
    if (!document.hidden) await refresh().catch(() => {}); // the next time will tell
    follow();
  }, waitMs);
}

follow();
