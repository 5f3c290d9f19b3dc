/* Zooms and pans the chart of the page to explore: by wheel, drag, pinch, keys and the page's links.
 *
 * The range stands in the address. What it holds comes from the server, as fine as a chart can show;
 * charts.js draws it. Without this file the links and the form do the same, a page at a time.
 */

const SETTLED_MS = 300;
/* Changes that follow each other sooner are one step of Back. */
const ONE_STEP_MS = 1000;
const MOST_KEPT = 20;
const PAN_SHARE = 1 / 4;
const MINUTE_MS = 60_000;

const section = document.querySelector("[data-explore]");
const failed = document.getElementById("explore-failed");
const kept = new Map(); // query → answer, of ranges that were shown on this page
let entry; // of charts.js
let timer;
let request; // the one that is under way
let first; // the range of the page as it was loaded
let pushedAt = -Infinity;

const toQuery = ({ start, end }) => {
  const write = (at) => `${new Date(Math.round(at / MINUTE_MS) * MINUTE_MS).toISOString().slice(0, 16)}Z`;
  return `start=${write(start)}&end=${write(end)}`;
};

function readQuery(query) {
  const values = new URLSearchParams(query);
  const [start, end] = ["start", "end"].map((name) => Date.parse(values.get(name)));
  return start < end ? { start, end } : first;
}

/* --- The chart */

function refine(option) {
  const { start, end, from, to, narrowest_ms: narrowest, widest_ms: widest } = entry.data;
  return {
    animation: false,
    xAxis: { ...option.xAxis, min: Math.min(from, start), max: Math.max(to, end) },
    dataZoom: {
      type: "inside",
      startValue: start,
      endValue: end,
      minValueSpan: narrowest,
      maxValueSpan: widest,
      filterMode: "none",
      preventDefaultMouseMove: false, // else no finger could scroll the page
    },
  };
}

function onZoom() {
  const [{ startValue: start, endValue: end }] = entry.chart.getOption().dataZoom;
  show({ start, end });
}

/* Shows a range at once with what is known, and asks for the rest when it stays. */
function show(range, { isBack = false } = {}) {
  Object.assign(entry.data, range);
  entry.update();
  section.dataset.loading = ""; // the numbers are of another range until it is loaded
  clearTimeout(timer);
  request?.abort(); // its answer would show the range before
  timer = setTimeout(() => load(toQuery(range), { isBack }), isBack ? 0 : SETTLED_MS);
}

/* Moves by a share of what is shown, and makes it longer or shorter; within what there is. */
function change({ by = 0, factor = 1 }) {
  const { start, end, from, to, narrowest_ms: narrowest, widest_ms: widest } = entry.data;
  const [low, high] = [Math.min(from, start), Math.max(to, end)];
  const span = Math.min(Math.max((end - start) * factor, narrowest), widest, high - low);
  const middle = (start + end) / 2 + by * (end - start);
  const begin = Math.min(Math.max(middle - span / 2, low), high - span);
  show({ start: begin, end: begin + span });
}

/* --- The address, and what it holds */

async function load(query, { isBack }) {
  if (!isBack) remember(query);
  request = new AbortController();
  try {
    const answer = kept.get(query) ?? (await ask(query, request.signal));
    keep(query, answer);
    put(answer, query);
    failed.hidden = true;
  } catch (error) {
    if (error.name === "AbortError") return;
    failed.hidden = false;
  }
  delete section.dataset.loading;
}

function remember(query) {
  if (location.search === `?${query}`) return;
  const now = performance.now();
  const write = now - pushedAt < ONE_STEP_MS ? "replaceState" : "pushState";
  pushedAt = now;
  history[write](null, "", `?${query}`);
}

async function ask(query, signal) {
  const answer = await fetch(`${section.dataset.explore}?${query}`, { signal });
  // Whoever is logged out by now is asked to log in, and comes back to this range.
  if (answer.redirected || answer.status === 404) location.assign(`?${query}`);
  if (!answer.ok || answer.redirected) throw new Error(`status ${answer.status}`);
  return answer.json();
}

function keep(query, answer) {
  kept.delete(query);
  kept.set(query, answer);
  if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value);
}

function put({ title, data, html }, query) {
  Object.assign(entry.data, { limit: undefined }, data);
  entry.update();
  entry.canvas.setAttribute("aria-label", title);
  const fresh = new DOMParser().parseFromString(html, "text/html");
  const { range } = document.activeElement?.dataset ?? {};
  const isOpen = section.querySelector("details")?.open;
  for (const id of ["explore-head", "explore-numbers", "explore-choice"]) {
    document.getElementById(id).replaceWith(document.importNode(fresh.getElementById(id), true));
  }
  if (isOpen) section.querySelector("details")?.setAttribute("open", "");
  if (range) section.querySelector(`[data-range="${range}"]`)?.focus({ preventScroll: true });
  section.dataset.shown = query;
}

/* --- Keys and links */

const KEYS = {
  ArrowLeft: { by: -PAN_SHARE },
  ArrowRight: { by: PAN_SHARE },
  PageUp: { by: -1 },
  PageDown: { by: 1 },
  Home: { by: -Infinity },
  End: { by: Infinity },
  "+": { factor: 1 / 2 },
  "=": { factor: 1 / 2 },
  "-": { factor: 2 },
};

function onKey(event) {
  const step = KEYS[event.key];
  if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  change(step);
}

function onLink(event) {
  const link = event.target.closest("a[data-range]");
  if (!entry || !link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  clearTimeout(timer);
  pushedAt = -Infinity;
  show(readQuery(new URL(link.href).search));
}

section?.addEventListener("energy:chart", ({ detail }) => {
  entry = detail;
  entry.refine = refine;
  first = { start: entry.data.start, end: entry.data.end };
  entry.chart.on("datazoom", onZoom);
  entry.canvas.tabIndex = 0;
  entry.canvas.addEventListener("keydown", onKey);
});
section?.addEventListener("click", onLink);
addEventListener("popstate", () => entry && show(readQuery(location.search), { isBack: true }));
