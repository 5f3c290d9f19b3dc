/* Draws each <figure data-chart="id of its JSON island"> when it comes near the screen.
 *
 * The server has written the same numbers as a table, so a page without this file lacks nothing but
 * the drawing. The shapes of the islands are those of monitoring/pages/charts.py.
 */

import { makeOption } from "./chart-options.js";

const NEAR = "200px";
const HOUR_MS = 3_600_000;
const NO_MOTION = matchMedia("(prefers-reduced-motion: reduce)");
const DARK = matchMedia("(prefers-color-scheme: dark)");

const drawn = new Map(); // figure → {chart, data}

/* The colours of the moment, from the style sheet: light and dark are decided there alone. */
function readPalette() {
  const style = getComputedStyle(document.documentElement);
  return (name) => style.getPropertyValue(`--${name}`).trim();
}

function show({ chart, data, canvas }) {
  const option = makeOption(data, readPalette(), canvas.clientWidth);
  chart.setOption({ ...option, animation: !NO_MOTION.matches }, { notMerge: true });
}

function openLink(data, { seriesType, componentType, dataIndex, data: item }) {
  const url = item?.url ?? (seriesType === "bar" && data.links?.[dataIndex]);
  if (url && componentType !== "xAxis") location.assign(url);
}

async function draw(figure) {
  const canvas = figure.querySelector(".chart-canvas");
  const data = JSON.parse(document.getElementById(figure.dataset.chart).textContent);
  const { init } = await import("./echarts.js");
  canvas.replaceChildren();
  const chart = init(canvas, null, { renderer: "canvas" });
  const entry = { chart, data, canvas };
  drawn.set(figure, entry);
  show(entry);
  chart.on("click", (event) => openLink(data, event));
  new ResizeObserver(() => {
    chart.resize();
    show(entry);
  }).observe(canvas);
  figure.dataset.drawn = "";
}

/* A reading that has just come in goes to the end of its sensor's curve; the hour moves on. */
function append({ detail: { sensor_id: sensor, at, energy_kwh: energyKwh } }) {
  for (const entry of drawn.values()) {
    if (entry.data.sensor !== sensor) continue;
    if (!extend(entry.data, Date.parse(at), energyKwh)) continue;
    show(entry);
    entry.canvas.dataset.newest = at;
  }
}

/* The power between the newest known reading and this one, from their registers: so it is right
 * even if readings in between were not told, as after a lost connection. */
function extend(data, at, energyKwh) {
  const [lastAt, lastKwh] = data.newest ?? [-Infinity, 0];
  if (at <= lastAt) return false;
  const { points } = data.series[0];
  const isKnown = at - lastAt <= data.longest_ms && energyKwh >= lastKwh;
  const power = isKnown ? ((energyKwh - lastKwh) * HOUR_MS) / (at - lastAt) : null;
  if (data.newest) points.push([lastAt, power], [at, power]);
  data.newest = [at, energyKwh];
  const moved = Math.max(data.end, at) - data.end;
  data.start += moved;
  data.end += moved;
  while (points.length > 2 && points[1][0] < data.start) points.shift();
  return true;
}

const showAll = () => drawn.forEach(show);
DARK.addEventListener("change", showAll);
NO_MOTION.addEventListener("change", showAll);
document.addEventListener("energy:power", append);

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
for (const figure of document.querySelectorAll("figure[data-chart]")) observer.observe(figure);
