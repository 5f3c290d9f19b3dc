/* The overview's parts on silent meters and unread alerts, written by the server anew as they change. */

const SOON_MS = 500;
const LATER_MS = 30_000;
/* Of many pages not all ask at once; of many meters one answer tells. */
const SPREAD_MS = 4000;

let timer; // set while the parts are about to be asked for, and only then

function refreshAfter(wait) {
  timer ??= setTimeout(() => refresh().catch(() => refreshAfter(LATER_MS)), wait + Math.random() * SPREAD_MS);
}

async function refresh() {
  timer = undefined;
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-fresh]")) {
    const next = fresh.getElementById(part.id);
    if (!next) continue;
    // Whoever is in it by keyboard does not lose their place.
    if (part.contains(document.activeElement)) refreshAfter(LATER_MS);
    else part.replaceWith(document.importNode(next, true));
  }
}

for (const change of ["energy:life", "energy:peak"]) {
  document.addEventListener(change, () => refreshAfter(SOON_MS));
}
