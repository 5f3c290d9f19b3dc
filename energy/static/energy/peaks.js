/* What a page shows of a peak that has just come: a toast, the unread count, a row of the list. */

import { formatDays, formatLimit, formatNumber, formatOver, formatPower, formatSpan } from "./locale.js";
import { tell } from "./tabs.js";

const TOAST_MS = 15_000;
const MOST_TOASTS = 3; // at once; the others are counted

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
    else if (name in texts) field.textContent = texts[name];
  }
  element.dataset.seq = peak.seq;
  return element;
}

const toasts = document.getElementById("toasts");
const shown = () => toasts.querySelectorAll(".toast[data-seq]");

/* Whoever used a button of it goes on at the next toast, or in the page, not at the top of it. */
function remove(toast) {
  const hadFocus = toast.contains(document.activeElement);
  const next = toast.nextElementSibling ?? toast.previousElementSibling;
  toast.remove();
  const place = next?.querySelector(".dismiss") ?? document.getElementById("main");
  if (hadFocus) place.focus({ preventScroll: true });
}

function dismissLater(toast) {
  setTimeout(() => {
    if (!toast.isConnected) return;
    // Whoever reads it, reaches for it or looks at another tab still needs it.
    const grows = Date.now() - Number(toast.dataset.grownAt ?? 0) < TOAST_MS;
    const isNeeded = grows || document.hidden || toast.matches(":hover, :focus-within");
    if (isNeeded) dismissLater(toast);
    else remove(toast);
  }, TOAST_MS);
}

function add(toast, onDismiss) {
  toast.querySelector(".dismiss").addEventListener("click", () => {
    remove(toast);
    onDismiss();
  });
  dismissLater(toast);
  return toast;
}

function showToast(peak) {
  if (shown().length >= MOST_TOASTS) return countMore();
  const name = peak.group?.is_older ? "older-toast-template" : "toast-template";
  const toast = fill(document.getElementById(name), peak);
  if (peak.group?.is_older) {
    toast.dataset.group = peak.group.id;
    fillGroup(toast, peak.group);
  }
  toasts.prepend(add(toast, () => tell({ type: "dismissed", seq: peak.seq })));
}

function fillGroup(toast, group) {
  toast.querySelector("[data-field=group]").href = group.url;
  toast.querySelector("[data-field=peaks]").textContent = formatNumber(group.peak_count, 0);
  if (!group.started_at) return; // no peak holds any more
  const span = formatDays(new Date(group.started_at), new Date(group.ended_at));
  toast.querySelector("[data-field=days]").textContent = span;
}

/* A group has got peaks that are not told by themselves: the toast that is open counts them. */
export function showGrown(group) {
  const toast = toasts.querySelector(`.toast[data-group="${Number(group.id)}"]`);
  if (toast) {
    fillGroup(toast, group);
    toast.dataset.grownAt = Date.now();
  }
  document.dispatchEvent(new CustomEvent("energy:grown", { detail: group }));
}

/* After a night offline many come at once. */
function countMore() {
  let more = toasts.querySelector(".more-toasts");
  if (!more) {
    const template = document.getElementById("more-toasts-template");
    more = add(template.content.cloneNode(true).firstElementChild, () => {});
    toasts.append(more);
  }
  const count = more.querySelector("[data-field=count]");
  count.textContent = Number(count.textContent) + 1;
}

/* Another tab has dismissed it: nobody needs to do that twice. */
export function dismissToast(seq) {
  const toast = toasts.querySelector(`.toast[data-seq="${Number(seq)}"]`);
  if (toast) remove(toast);
}

/* Administrators without devices of their own have no counter. */
export const getUnreadCount = () => Number(document.getElementById("unread-count")?.textContent ?? 0);

export function showUnreadCount(count) {
  const counter = document.getElementById("unread-count");
  if (!counter) return;
  counter.textContent = count;
  counter.parentElement.hidden = count === 0;
  const title = document.title.replace(/^\(\d+\) /, "");
  document.title = count ? `(${count}) ${title}` : title;
  for (const copy of document.querySelectorAll("[data-unread-count]")) copy.textContent = count;
}

/* The page's lists and charts get it, unless they have it already. */
export function listPeak(peak) {
  addToAlerts(peak);
  addToNewestPeaks(peak);
  document.dispatchEvent(new CustomEvent("energy:peak", { detail: peak }));
}

/* The server writes the list of alerts, and alerts.js asks for it. An older page of it stays. */
function addToAlerts(peak) {
  const markAll = document.getElementById("mark-all-read");
  if (markAll && !peak.is_read) markAll.hidden = false;
}

const has = (list, peak) => list.querySelector(`:scope > [data-seq="${Number(peak.seq)}"]`);

/* Of one device or one sensor. */
function addToNewestPeaks(peak) {
  const list = document.querySelector(`[data-peaks-of~="${CSS.escape(peak.sensor_id)}"]`);
  if (!list || has(list, peak)) return;
  list.hidden = false;
  document.getElementById("no-peaks").hidden = true;
  list.prepend(fill(document.getElementById("peak-template"), peak));
}

/* Of a peak that nobody has read yet. The browser itself tells nothing of older ones. */
export function showPeak(peak) {
  showToast(peak);
  if (!peak.group?.is_older) document.dispatchEvent(new CustomEvent("peak", { detail: peak }));
}
