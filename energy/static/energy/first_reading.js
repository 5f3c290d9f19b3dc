/* Says when the first reading of a sensor has come, on its page and in the administration. */

const EVERY_MS = 3000;
/* Whoever leaves the page open for long does not wait for it by the second. */
const LATER_EVERY_MS = 30_000;
const SOON_MS = 10 * 60_000;

const openedAt = Date.now();

async function isReceived(url) {
  const answer = await fetch(url, { headers: { Accept: "application/json" } });
  return answer.ok && (await answer.json()).state !== null;
}

function show(section) {
  for (const text of section.querySelectorAll("[data-when]")) {
    text.hidden = text.dataset.when !== "received";
  }
}

async function look(section) {
  // A failure is no answer: the next time will tell.
  const isHere = !document.hidden && (await isReceived(section.dataset.sensorState).catch(() => false));
  if (isHere) show(section);
  else lookLater(section);
}

function lookLater(section) {
  setTimeout(look, Date.now() - openedAt < SOON_MS ? EVERY_MS : LATER_EVERY_MS, section);
}

for (const section of document.querySelectorAll("[data-sensor-state]")) lookLater(section);
