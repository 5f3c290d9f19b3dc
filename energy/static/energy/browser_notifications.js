/* A notification of the browser for each peak that arrives while the page is hidden.

   On every page it listens for the event `peak` on the document, whose detail is the socket's
   message. On the page of choices it also runs the button that asks for the permission. */

import { hear, tell } from "./tabs.js";

const CHOICE = "energy.browser-notifications"; // in this browser only, as the permission is

const isSupported = "Notification" in window && window.isSecureContext;

function readChoice() {
  try {
    return localStorage.getItem(CHOICE);
  } catch {
    return null; // storage is forbidden: nothing was chosen
  }
}

function writeChoice(choice) {
  try {
    localStorage.setItem(CHOICE, choice);
  } catch {
    /* The choice then holds for this page only. */
  }
}

function stateOf() {
  if (!isSupported) return "unsupported";
  if (Notification.permission !== "granted") return Notification.permission;
  return readChoice() === "off" ? "off" : "on";
}

/* --- Each peak */

const lang = document.documentElement.lang;
const number = new Intl.NumberFormat(lang === "en" ? "en-GB" : lang, { maximumFractionDigits: 2 });

/* A tab that the user looks at has shown them the peak: the hidden ones give it time to say so. */
const SEEN_WITHIN_MS = 300;
const seenElsewhere = new Set();
hear(({ type, seq }) => type === "shown" && seenElsewhere.add(seq));

function onPeak({ detail: peak }) {
  if (!document.hidden) tell({ type: "shown", seq: peak.seq });
  else if (stateOf() === "on") setTimeout(show, SEEN_WITHIN_MS, peak);
}

function show(peak) {
  if (seenElsewhere.has(peak.seq)) return;
  const text = `${number.format(peak.power_kw)}\u00a0kW > ${number.format(peak.limit_kw)}\u00a0kW`;
  // The tag is the same in every open tab: the browser shows one.
  const options = { body: text, tag: `energy-peak-${peak.seq}`, lang };
  let notification;
  try {
    notification = new Notification(`${peak.device} · ${peak.sensor}`, options);
  } catch {
    return; // a phone that wants a service worker for it
  }
  notification.addEventListener("click", () => {
    window.focus();
    notification.close();
    location.assign(`/alerts/${encodeURIComponent(peak.seq)}/`);
  });
}

document.addEventListener("peak", onPeak);

/* --- The button */

function showState(box) {
  const state = stateOf();
  box.hidden = false;
  for (const text of box.querySelectorAll("[data-when]")) text.hidden = text.dataset.when !== state;
  box.querySelector("[data-action=on]").hidden = state !== "default" && state !== "off";
  box.querySelector("[data-action=off]").hidden = state !== "on";
}

const box = document.getElementById("browser-notifications");
if (box) {
  showState(box);
  box.querySelector("[data-action=on]").addEventListener("click", async () => {
    writeChoice("on");
    await Notification.requestPermission();
    showState(box);
  });
  box.querySelector("[data-action=off]").addEventListener("click", () => {
    writeChoice("off");
    showState(box);
  });
}
