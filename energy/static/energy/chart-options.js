/* Turns a chart's data into what ECharts wants. Knows no page: data, colours and width come in. */

import {
  formatClock,
  formatDay,
  formatLimit,
  formatNumber,
  formatQuantity,
  formatSeconds,
  formatSpan,
  formatWhen,
  minutesOfDay,
} from "./locale.js";

const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const TICK_MINUTES = [5, 10, 15, 30, 60, 120, 180, 360, 720, 1440];
const NARROW = 520;
const DOT = 14;
/* What the labels of the values take of a chart's width, at most. */
const LABELS_WIDTH = 80;

export function makeOption(data, colour, width) {
  const makers = { time: timeOption, bars: barsOption, heat: heatOption };
  return {
    textStyle: { fontFamily: FONT, color: colour("muted") },
    animationDuration: 300,
    animationDurationUpdate: 300,
    ...makers[data.kind](data, colour, width),
  };
}

/* --- What all charts share */

const grid = (width, more = {}) => ({
  left: 4,
  right: width < NARROW ? 8 : 16,
  top: 18,
  bottom: 4,
  outerBoundsMode: "same",
  outerBoundsContain: "axisLabel",
  ...more,
});

const valueAxis = (colour, more = {}) => ({
  type: "value",
  min: 0,
  axisLabel: { color: colour("muted"), formatter: (value) => formatNumber(value, 3, 0) },
  axisLine: { show: false },
  axisTick: { show: false },
  splitLine: { lineStyle: { color: colour("line") } },
  splitNumber: 4,
  ...more,
});

const categoryAxis = (labels, colour, more = {}) => ({
  type: "category",
  data: labels,
  axisLabel: { color: colour("muted"), hideOverlap: true },
  axisLine: { lineStyle: { color: colour("control-line") } },
  axisTick: { show: false },
  ...more,
});

function tooltip(colour, more) {
  return {
    confine: true,
    backgroundColor: colour("surface"),
    borderColor: colour("line"),
    textStyle: { color: colour("text") },
    ...more,
  };
}

/* As elements, not as text with styles in it: the site's policy forbids those. */
function lines(title, rows) {
  const box = document.createElement("div");
  const add = (tag, text) => box.appendChild(document.createElement(tag)).append(text);
  add("strong", title);
  for (const [name, value] of rows) add("div", name ? `${name}: ${value}` : value);
  return box;
}

/* A limit far above the data would press the curve flat: it is named at the upper edge instead. */
const isNear = (limit, highest) => limit && (highest === 0 || limit <= 4 * highest);

/* `side` is "Start" or "End": where the name stands. */
function limitLine({ limit_label: label, unit }, limit, paint, { side, edge }) {
  const name = `${label} ${formatLimit(limit, unit)}`;
  return {
    silent: true,
    symbol: "none",
    animation: false,
    lineStyle: { color: edge ? "transparent" : paint, type: [7, 5], width: 2 },
    label: {
      position: `inside${side}Top`,
      color: paint,
      fontWeight: 600,
      formatter: edge ? `${name} ↑` : name,
    },
    data: [{ yAxis: edge ?? limit }],
  };
}

/* --- Power, or anything else, over time */

export function findTimeTicks(start, end, most) {
  const wanted = (end - start) / MINUTE / most;
  const step = TICK_MINUTES.find((minutes) => minutes >= wanted) ?? TICK_MINUTES.at(-1);
  // Clocks of all zones differ from UTC by whole quarters of an hour.
  const stride = (step % 15 ? 5 : 15) * MINUTE;
  const ticks = [];
  for (let at = Math.ceil(start / stride) * stride; at <= end; at += stride) {
    if (minutesOfDay(at) % step === 0) ticks.push(at);
  }
  return ticks;
}

function timeAxis({ start, end }, colour, width) {
  const ticks = findTimeTicks(start, end, Math.max(3, width / 90));
  const format = (at) => (minutesOfDay(at) === 0 ? formatDay(at) : formatClock(at));
  return {
    type: "value",
    min: start,
    max: end,
    axisLabel: { color: colour("muted"), customValues: ticks, formatter: format, hideOverlap: true },
    axisTick: { show: true, customValues: ticks },
    axisLine: { onZero: false, lineStyle: { color: colour("control-line") } },
    splitLine: { show: false },
  };
}

const STYLES = {
  line: (colour) => ({ color: colour("accent"), areaStyle: { opacity: 0.12 } }),
  area: (colour) => ({ color: colour("accent"), lineStyle: { width: 0 }, areaStyle: { opacity: 0.2 } }),
  dashed: (colour) => ({ color: colour("chart-2"), lineStyle: { type: "dashed", width: 2 } }),
  other: (colour) => ({ color: colour("chart-3") }),
  // Lines that are alike, as in the legend (chart.css).
  "line-1": (colour) => ({ color: colour("accent") }),
  "line-2": (colour) => ({ color: colour("chart-2") }),
  "line-3": (colour) => ({ color: colour("chart-3") }),
  "line-4": (colour) => ({ color: colour("chart-4"), lineStyle: { type: [6, 3], width: 2 } }),
  "line-5": (colour) => ({ color: colour("chart-5"), lineStyle: { type: [6, 3], width: 2 } }),
  "line-6": (colour) => ({ color: colour("chart-6"), lineStyle: { type: [6, 3], width: 2 } }),
};

function timeSeries(one, data, colour, { top, max, width }) {
  const isFirst = one === data.series[0];
  const style = STYLES[one.style ?? "line"](colour);
  return {
    type: "line",
    name: one.name,
    data: one.points,
    step: one.is_stepped && "end",
    showSymbol: false,
    connectNulls: false,
    lineStyle: { width: 2 },
    emphasis: { disabled: true },
    ...style,
    markLine: seriesLimit(one, data, style.color, colour, { top, max }),
    markArea: isFirst ? peakAreas(data, colour) : undefined,
    markPoint: isFirst ? peakPoints(data, colour, width) : undefined,
  };
}

/* The limits of a chart, each once. */
const listLimits = (data) => [...new Set(data.series.map((one) => one.limit ?? data.limit))].filter(Boolean);

/* On the left, away from the newest values; names of limits near each other at opposite ends. */
function chooseSide(limits, limit, max) {
  const sorted = limits.toSorted((a, b) => a - b);
  const order = sorted.indexOf(limit);
  return order % 2 && limit - sorted[order - 1] < max / 10 ? "End" : "Start";
}

/* Each limit once: in the colour of the line that it is of, unless it is that of several. */
function seriesLimit(one, data, paint, colour, { top, max }) {
  const limit = one.limit ?? data.limit;
  const [first, ...others] = data.series.filter((other) => (other.limit ?? data.limit) === limit);
  const isDrawn = isNear(limit, top);
  if (one !== first || !(isDrawn || data.limit)) return undefined;
  return limitLine(data, limit, one.limit && !others.length ? paint : colour("warning"), {
    side: chooseSide(listLimits(data), limit, max),
    edge: isDrawn ? undefined : max,
  });
}

const inside = ({ start, end }, peak) => peak.end > start && peak.start < end;

function peakAreas(data, colour) {
  const spans = (data.peaks ?? [])
    .filter((peak) => inside(data, peak))
    .map((peak) => [{ xAxis: peak.start }, { xAxis: peak.end }]);
  return { silent: true, itemStyle: { color: colour("danger"), opacity: 0.14 }, data: spans };
}

/* Where a peak's dot stands across: in the middle of its time, and wholly within the plot. */
function placeDot({ start, end }, peak, width) {
  const radius = ((end - start) * DOT) / 2 / (width - LABELS_WIDTH);
  const middle = Math.max(peak.start, start) / 2 + Math.min(peak.end, end) / 2;
  return Math.min(Math.max(middle, start + radius), end - radius);
}

function peakPoints(data, colour, width) {
  const points = (data.peaks ?? [])
    .filter((peak) => inside(data, peak))
    .map((peak) => ({ coord: [placeDot(data, peak, width), peak.power_kw], url: peak.url, peak }));
  return {
    symbol: "circle",
    symbolSize: DOT,
    itemStyle: { color: colour("danger"), borderColor: colour("surface"), borderWidth: 2 },
    label: { show: false },
    tooltip: {
      trigger: "item",
      formatter: ({ data: { peak } }) =>
        lines(formatQuantity(peak.power_kw, "kW"), [["", formatSpan(peak.start, peak.end)]]),
    },
    data: points,
  };
}

/* A line's value at a moment, null if it has none: the library would tell the one line alone that
 * has a point nearest to it, and both values where it steps. Of those, the one from then on holds. */
function findValue(points, at) {
  const index = points.findLastIndex(([from]) => from <= at);
  const isWithin = index >= 0 && (index < points.length - 1 || points[index][0] === at);
  return isWithin ? points[index][1] : null;
}

function timeOption(data, colour, width) {
  const highest = (data.peaks ?? []).filter((peak) => inside(data, peak));
  const peakKw = Math.max(0, ...highest.map((peak) => peak.power_kw));
  const values = data.series.flatMap(({ points }) => points.map(([, value]) => value ?? 0));
  const top = Math.max(peakKw, ...values);
  const limits = listLimits(data).filter((limit) => isNear(limit, top));
  const axis = scale(Math.max(top, ...limits));
  const format = data.end - data.start <= 2 * HOUR ? formatSeconds : formatWhen;
  return {
    grid: grid(width),
    xAxis: timeAxis(data, colour, width),
    yAxis: valueAxis(colour, axis),
    tooltip: tooltip(colour, {
      trigger: "axis",
      formatter: (items) =>
        lines(
          format(items[0].axisValue),
          data.series
            .map(({ name, points }) => [name, findValue(points, items[0].axisValue)])
            .filter(([, value]) => value !== null)
            .map(([name, value]) => [name, formatQuantity(value, data.unit)]),
        ),
    }),
    series: data.series.map((one) => timeSeries(one, data, colour, { top, max: axis.max, width })),
  };
}

/* A round scale in four steps or five, so that neither curve nor limit touches the upper edge. */
function scale(value) {
  if (!value) return { max: 1, interval: 0.25 };
  const wanted = (value * 1.05) / 5;
  const power = 10 ** Math.floor(Math.log10(wanted));
  const interval = [1, 2, 2.5, 5, 10].find((factor) => factor * power >= wanted) * power;
  return { max: Math.ceil((value * 1.05) / interval) * interval, interval };
}

/* --- Energy in days, weeks, months: bars side by side */

const BAR_COLOURS = { current: "accent", usual: "chart-usual", projected: "accent-soft" };

function bar(series, data, colour, limit) {
  const name = BAR_COLOURS[series.style ?? "current"];
  return {
    type: "bar",
    name: series.name,
    data: series.values.map((value, index) => ({
      value,
      itemStyle: series.estimated?.[index] ? { opacity: 0.55 } : {},
    })),
    itemStyle: { color: colour(name), borderRadius: [3, 3, 0, 0] },
    barMaxWidth: 36,
    barGap: "10%",
    barCategoryGap: data.labels.length > 40 ? "15%" : "28%",
    cursor: data.links ? "pointer" : "default",
    stack: series.stack,
    markLine: limit,
  };
}

function barsOption(data, colour, width) {
  const highest = Math.max(0, ...data.series.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const isDrawn = isNear(data.limit, highest);
  const axis = data.limit ? scale(isDrawn ? Math.max(highest, data.limit) : highest) : {};
  const place = { side: "Start", edge: isDrawn ? undefined : axis.max };
  const limit = data.limit ? limitLine(data, data.limit, colour("warning"), place) : undefined;
  return {
    grid: grid(width),
    xAxis: categoryAxis(data.labels, colour),
    yAxis: valueAxis(colour, axis),
    tooltip: tooltip(colour, {
      trigger: "axis",
      axisPointer: { type: "shadow", shadowStyle: { color: colour("line"), opacity: 0.4 } },
      formatter: (items) =>
        lines(
          data.names?.[items[0].dataIndex] ?? items[0].name,
          items.map(({ seriesName, value }) => [
            data.series.length > 1 ? seriesName : "",
            Number.isFinite(value) ? formatQuantity(value, data.unit) : "–",
          ]),
        ),
    }),
    series: data.series.map((one, index) => bar(one, data, colour, index === 0 ? limit : undefined)),
  };
}

/* --- When it is used: hours across and weekdays down, or days across and months down */

function heatOption(data, colour, width) {
  const highest = Math.max(0.001, ...data.cells.map(([, , value]) => value ?? 0));
  const label = { interval: width < NARROW ? 5 : 2 };
  return {
    grid: grid(width, { top: 4, bottom: 44 }),
    xAxis: categoryAxis(data.columns, colour, {
      axisLabel: { color: colour("muted"), ...label },
      axisLine: { show: false },
    }),
    yAxis: categoryAxis(data.rows, colour, { inverse: true, axisLine: { show: false } }),
    visualMap: {
      min: 0,
      max: highest,
      orient: "horizontal",
      left: "center",
      bottom: 0,
      itemHeight: 120,
      itemWidth: 10,
      text: [formatQuantity(highest, data.unit), formatLimit(0, data.unit)],
      textStyle: { color: colour("muted") },
      formatter: (value) => formatQuantity(value, data.unit), // beside what the pointer is on
      inRange: { color: [colour("heat-low"), colour("heat-middle"), colour("heat-high")] },
    },
    tooltip: tooltip(colour, {
      formatter: ({ name, value: [, , value] }) => lines(name, [["", formatQuantity(value, data.unit)]]),
    }),
    series: [
      {
        type: "heatmap",
        data: data.cells
          .map((value, index) => ({ value, name: data.names[index], url: data.links?.[index] }))
          .filter(({ value: [, , quantity] }) => quantity !== null),
        cursor: data.links ? "pointer" : "default",
        itemStyle: { borderColor: colour("surface"), borderWidth: 2, borderRadius: 3 },
        emphasis: { disabled: true },
      },
    ],
  };
}
