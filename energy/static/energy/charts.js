/* Draws each <figure data-chart="id of its JSON island"> when it comes near the screen.
 *
 * The server has written the same numbers as a table, so a page without this file lacks nothing but
 * the drawing. The shapes of the islands are those of monitoring/pages/charts.py.
 */

import { makeOption } from "./chart-options.js";

const NEAR = "200px";
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
function append({ detail: { sensor_id: sensor, at, power_kw: powerKw } }) {
  for (const entry of drawn.values()) {
    const { data } = entry;
    if (data.sensor !== sensor) continue;
    const time = Date.parse(at);
    const { points } = data.series[0];
    const last = points.at(-1)?.[0] ?? -Infinity;
    if (time <= last) continue;
    // A power holds between two readings: a step from the last one to this.
    const isGap = powerKw === null || time - last > data.longest_ms;
    if (isGap) points.push([last, null]);
    if (!isGap) points.push([last, powerKw]);
    points.push([time, isGap ? null : powerKw]);
    const span = data.end - data.start;
    data.end = Math.max(data.end, time);
    data.start = data.end - span;
    while (points.length > 2 && points[1][0] < data.start) points.shift();
    show(entry);
  }
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
