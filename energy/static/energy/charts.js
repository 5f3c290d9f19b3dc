/* Draws each <figure data-chart="id of its JSON island"> when it comes near the screen, or is printed.
 *
 * The server has written the same numbers as a table, so a page without this file lacks nothing but
 * the drawing. The shapes of the islands are those of monitoring/pages/charts.py.
 */

import { makeOption } from "./chart-options.js";

const NEAR = "200px";
const HOUR_MS = 3_600_000;
const NO_MOTION = matchMedia("(prefers-reduced-motion: reduce)");
const DARK = matchMedia("(prefers-color-scheme: dark)");
const PRINT = matchMedia("print");
/* Pixels: no script runs once a page is laid out for paper, and print.css makes pictures fit. */
const PAPER = { width: 680, height: 240 };
const PAPER_SHARPNESS = 3;

const figures = document.querySelectorAll("figure[data-chart]");
const drawn = new Map(); // figure → {chart, data, canvas}
const peaks = []; // that have come since the page was loaded
let makeChart; // the library's function, once it is there
let press; // the chart off the screen that all pictures for paper come from

/* The colours of the moment, from the style sheet: light and dark are decided there alone. */
function readPalette() {
  const style = getComputedStyle(document.documentElement);
  return (name) => style.getPropertyValue(`--${name}`).trim();
}

function show({ chart, data, refine }, { notMerge = true, animation = !NO_MOTION.matches } = {}) {
  const option = makeOption(data, readPalette(), chart.getWidth());
  chart.setOption({ ...option, animation, ...refine?.(option) }, { notMerge });
}

function openLink(data, { seriesType, componentType, dataIndex, data: item }) {
  const url = item?.url ?? (seriesType === "bar" && data.links?.[dataIndex]);
  if (url && componentType !== "xAxis") location.assign(url);
}

async function load() {
  ({ init: makeChart } = await import("./echarts.js"));
}

function readData(figure) {
  const data = JSON.parse(document.getElementById(figure.dataset.chart).textContent);
  for (const peak of peaks) mark(data, peak);
  return data;
}

async function draw(figure) {
  await load();
  const canvas = figure.querySelector(".chart-canvas");
  const data = readData(figure);
  const chart = makeChart(canvas);
  const entry = { chart, data, canvas };
  drawn.set(figure, entry);
  // Other modules may refine the option of a chart, and draw it again.
  entry.update = () => show(entry, { notMerge: false });
  figure.dispatchEvent(new CustomEvent("energy:chart", { detail: entry, bubbles: true }));
  show(entry);
  chart.on("click", (event) => openLink(data, event));
  new ResizeObserver(() => {
    if (!canvas.clientWidth) return; // on paper
    chart.resize();
    show(entry);
  }).observe(canvas);
  figure.dataset.drawn = "";
}

/* A picture of the chart, drawn at once: the browser waits for nothing when it prints. */
function addPaper(figure) {
  press ??= makeChart(document.createElement("div"), null, PAPER);
  show({ chart: press, data: drawn.get(figure)?.data ?? readData(figure) }, { animation: false });
  const picture = freeze(press.renderToCanvas({ pixelRatio: PAPER_SHARPNESS }));
  picture.className = "paper";
  figure.querySelector(".chart-canvas").after(picture);
}

/* Its pixels alone: Chromium prints a fresh drawing stroke by stroke, and smaller than its place. */
function freeze(drawing) {
  const copy = new OffscreenCanvas(drawing.width, drawing.height);
  copy.getContext("2d").drawImage(drawing, 0, 0);
  const picture = document.createElement("canvas");
  Object.assign(picture, { width: copy.width, height: copy.height });
  picture.getContext("bitmaprenderer").transferFromImageBitmap(copy.transferToImageBitmap());
  return picture;
}

/* Where the library is not there yet, the tables are printed. */
function layOutForPaper() {
  const root = document.documentElement;
  if ("paper" in root.dataset) return;
  root.dataset.paper = "";
  if (makeChart) figures.forEach(addPaper);
  else document.querySelectorAll("details:has(table)").forEach(openTable);
}

function openTable(table) {
  table.dataset.wasOpen = table.open;
  table.open = true;
}

function layOutForScreen() {
  delete document.documentElement.dataset.paper;
  for (const picture of document.querySelectorAll(".chart-figure > .paper")) picture.remove();
  for (const table of document.querySelectorAll("details[data-was-open]")) {
    table.open = table.dataset.wasOpen === "true";
    delete table.dataset.wasOpen;
  }
}

/* A reading that has just come in goes to the end of its sensor's curve; the hour moves on. */
function append({ detail: { sensor_id: sensor, at, energy_kwh: energyKwh } }) {
  for (const entry of drawn.values()) {
    const line = findLine(entry.data, sensor);
    if (!line || !extend(entry.data, line, Date.parse(at), energyKwh)) continue;
    show(entry);
    entry.canvas.dataset.newest = at;
  }
}

/* A curve that grows: of a sensor, and of the last hour. */
const findLine = ({ series, longest_ms: isLive }, sensor) =>
  isLive && series.find((line) => line.sensor === sensor);

/* A peak that has just come is marked like those that the server knew. */
function mark(data, peak) {
  const url = `/alerts/${encodeURIComponent(peak.seq)}/`;
  if (!findLine(data, peak.sensor_id) || data.peaks.some((known) => known.url === url)) return false;
  const [start, end] = [Date.parse(peak.started_at), Date.parse(peak.ended_at)];
  data.peaks.push({ start, end, power_kw: peak.power_kw, url });
  return true;
}

function addPeak({ detail: peak }) {
  peaks.push(peak);
  for (const entry of drawn.values()) {
    if (!mark(entry.data, peak)) continue;
    show(entry);
    entry.canvas.dataset.newestPeak = peak.seq;
  }
}

/* The power between the newest known reading and this one, from their registers: so it is right
 * even if readings in between were not told, as after a lost connection. */
function extend(data, line, at, energyKwh) {
  const [lastAt, lastKwh] = line.newest ?? [-Infinity, 0];
  if (at <= lastAt) return false;
  const { points } = line;
  const isKnown = at - lastAt <= data.longest_ms && energyKwh >= lastKwh;
  const power = isKnown ? ((energyKwh - lastKwh) * HOUR_MS) / (at - lastAt) : null;
  if (line.newest) points.push([lastAt, power], [at, power]);
  line.newest = [at, energyKwh];
  const moved = Math.max(data.end, at) - data.end;
  data.start += moved;
  data.end += moved;
  for (const { points: all } of data.series) while (all.length > 2 && all[1][0] < data.start) all.shift();
  return true;
}

const showAll = () => drawn.forEach(show);
DARK.addEventListener("change", showAll);
NO_MOTION.addEventListener("change", showAll);
document.addEventListener("energy:power", append);
document.addEventListener("energy:peak", addPeak);

const observer = new IntersectionObserver(
  (seen) => {
    for (const { isIntersecting, target } of seen) {
      if (!isIntersecting) continue;
      observer.unobserve(target);
      draw(target);
    }
  },
  { rootMargin: NEAR },
);
for (const figure of figures) observer.observe(figure);

addEventListener("beforeprint", layOutForPaper);
addEventListener("afterprint", layOutForScreen);
PRINT.addEventListener("change", ({ matches }) => (matches ? layOutForPaper() : layOutForScreen()));
// So that each can be drawn when somebody prints, wherever the page was scrolled to.
if (figures.length) (window.requestIdleCallback ?? setTimeout)(load);
