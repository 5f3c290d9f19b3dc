/* What a page shows of a peak that has just come: a toast, the unread count, a row of the list. */

import { formatLimit, formatOver, formatPower, formatSpan } from "./locale.js";
import { tell } from "./tabs.js";

const TOAST_MS = 15_000;

function fill(template, peak) {
  const element = template.content.cloneNode(true).firstElementChild;
  const texts = {
    device: peak.device,
    sensor: peak.sensor,
    power: formatPower(peak.power_kw),
    limit: formatLimit(peak.limit_kw),
    over: formatOver(peak.power_kw, peak.limit_kw),
    span: formatSpan(new Date(peak.started_at), new Date(peak.ended_at)),
  };
  for (const field of element.querySelectorAll("[data-field]")) {
    const name = field.dataset.field;
    if (name === "link") field.href = `/alerts/${encodeURIComponent(peak.seq)}/`;
    else if (name === "seq") field.value = peak.seq;
    else field.textContent = texts[name];
  }
  element.dataset.seq = peak.seq;
  return element;
}

function showToast(peak) {
  const toast = fill(document.getElementById("toast-template"), peak);
  const dismissLater = () =>
    setTimeout(() => {
      // Whoever reads it, reaches for it or looks at another tab still needs it.
      const isNeeded = document.hidden || toast.matches(":hover, :focus-within");
      if (isNeeded) dismissLater();
      else toast.remove();
    }, TOAST_MS);
  toast.querySelector(".dismiss").addEventListener("click", () => {
    toast.remove();
    tell({ type: "dismissed", seq: peak.seq });
  });
  document.getElementById("toasts").prepend(toast);
  dismissLater();
}

/* Another tab has dismissed it: nobody needs to do that twice. */
export function dismissToast(seq) {
  document.querySelector(`.toast[data-seq="${Number(seq)}"]`)?.remove();
}

export const getUnreadCount = () => Number(document.getElementById("unread-count").textContent);

export function showUnreadCount(count) {
  const counter = document.getElementById("unread-count");
  counter.textContent = count;
  counter.parentElement.hidden = count === 0;
  const title = document.title.replace(/^\(\d+\) /, "");
  document.title = count ? `(${count}) ${title}` : title;
  for (const copy of document.querySelectorAll("[data-unread-count]")) copy.textContent = count;
}

function addToList(peak) {
  const list = document.getElementById("notifications");
  if (!list) return;
  const markAll = document.getElementById("mark-all-read");
  markAll.hidden = false;
  if (!("newest" in list.dataset)) return; // an older page of the list stays as it is
  markAll.elements.up_to_seq.value = peak.seq;
  document.getElementById("no-notifications").hidden = true;
  list.prepend(fill(document.getElementById("notification-template"), peak));
}

export function showPeak(peak) {
  showToast(peak);
  showUnreadCount(getUnreadCount() + 1);
  addToList(peak);
  document.dispatchEvent(new CustomEvent("peak", { detail: peak }));
}
