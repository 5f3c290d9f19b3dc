/* A notification of the browser for each peak that arrives while the page is hidden.

   On every page it listens for the event `peak` on the document, whose detail is the socket's
   message. On the page of choices it also runs the button that asks for the permission. */

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

function show({ detail: peak }) {
  if (!document.hidden || stateOf() !== "on") return;
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

document.addEventListener("peak", show);

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
