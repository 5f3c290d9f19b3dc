/* An alert whose peak goes on grows on the open page: it is told once, so the page asks again. */

const EVERY_MS = 15_000;

async function refresh() {
  const growing = [...document.querySelectorAll("#notifications > [data-goes-on]")];
  // Whoever is about to press a button keeps it.
  if (document.hidden || !growing.some((alert) => !alert.contains(document.activeElement))) return;
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const old of growing) {
    const fresh = page.querySelector(`#notifications > [data-seq="${CSS.escape(old.dataset.seq)}"]`);
    if (fresh && !old.contains(document.activeElement)) old.replaceWith(document.importNode(fresh, true));
  }
}

setInterval(() => refresh().catch(() => {}), EVERY_MS); // offline: the live state says so
