/* The open list of alerts: the server writes it anew as alerts come, and while a peak goes on. */

const SOON_MS = 100;
const AGAIN_MS = 3000; // alerts may come in floods
const EVERY_MS = 15_000;

const list = () => document.getElementById("notifications");
let timer; // set while the list is about to be asked for, and only then
let askedAt = -Infinity;

function refreshSoon() {
  const wait = Math.max(SOON_MS, askedAt + AGAIN_MS - performance.now());
  timer ??= setTimeout(() => refresh().catch(() => {}), wait); // offline: the live state says so
}

async function refresh() {
  timer = undefined;
  askedAt = performance.now();
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-fresh]")) {
    const fresh = page.getElementById(part.id);
    if (!fresh) continue;
    // Whoever is about to press a button keeps it.
    if (part.contains(document.activeElement)) refreshSoon();
    else part.replaceWith(document.importNode(fresh, true));
  }
}

/* An older page of the list stays as it is. */
for (const news of ["energy:peak", "energy:grown"]) {
  document.addEventListener(news, () => "newest" in list().dataset && refreshSoon());
}
setInterval(() => {
  if (!document.hidden && list().querySelector("[data-goes-on]")) refreshSoon();
}, EVERY_MS);
