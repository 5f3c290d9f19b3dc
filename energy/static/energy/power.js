/* Power now: the figures of each sensor on the page, and their sum, as readings arrive. */

import { formatPower, formatQuantity, formatWhen, language } from "./locale.js";

const TIMES_EVERY_MS = 10_000;
/* The limit stands at 80 % of the bar, so that a peak goes past it. */
const LIMIT_AT = 80;
const UNITS = [["second", 60], ["minute", 60], ["hour", 24], ["day", Infinity]];

/* As the server judges it: a meter that is silent for longer has no power now. */
const SILENT_AFTER_MS = 3_600_000;
const isOld = (at) => Date.now() - Date.parse(at) > SILENT_AFTER_MS;

const places = () => document.querySelectorAll("[data-sensor]");
const sum = document.getElementById("power-of-all");
const powers = new Map(Object.entries(sum ? JSON.parse(sum.textContent) : {}));

/* The sensors that this page shows, by their ids. */
export function getWatched() {
  const shown = [...places()].map((place) => place.dataset.sensor);
  return [...new Set([...shown, ...powers.keys()])];
}

function showSensor(place, { at, power_kw: powerKw, energy_kwh: energyKwh }) {
  const limitKw = Number(place.dataset.limit);
  const isOver = powerKw !== null && powerKw > limitKw;
  const field = (name) => place.querySelector(`[data-field="${name}"]`);
  const power = field("power");
  if (power) {
    power.textContent = powerKw === null ? "–" : formatPower(powerKw);
    power.classList.toggle("over", isOver);
    power.classList.remove("muted");
  }
  if (field("over")) field("over").hidden = !isOver;
  for (const sign of place.querySelectorAll("[data-until-live]")) sign.hidden = true;
  for (const sign of place.querySelectorAll("[data-when-live]")) sign.hidden = false;
  const bar = place.querySelector(".meter");
  if (bar && powerKw !== null) {
    const percent = Math.round((100 * powerKw) / limitKw);
    bar.classList.toggle("over", isOver);
    bar.querySelector(".meter-fill").setAttribute("width", `${Math.min((percent * LIMIT_AT) / 100, 100)}%`);
    bar.setAttribute("aria-label", bar.dataset.label.replace("{percent}", percent));
  }
  if (field("energy")) field("energy").textContent = formatQuantity(energyKwh, "kWh");
  const time = field("at");
  if (time) {
    time.dateTime = at;
    time.title = formatWhen(new Date(at));
    showAge(time);
  }
}

function sumUp(values) {
  const known = values.filter((powerKw) => typeof powerKw === "number");
  return known.length ? formatPower(known.reduce((a, b) => a + b, 0)) : "–";
}

function showSums(sensor) {
  for (const place of document.querySelectorAll("[data-power-of-all]")) {
    place.textContent = sumUp([...powers.values()]);
  }
  for (const row of document.querySelectorAll(`[data-device-powers~="${CSS.escape(sensor)}"]`)) {
    const ids = row.dataset.devicePowers.split(" ");
    row.querySelector('[data-field="power"]').textContent = sumUp(ids.map((id) => powers.get(id)));
  }
}

/* A message of the socket: the newest reading of a sensor. */
export function showPower(message) {
  const { sensor_id: sensor, at, power_kw: powerKw } = message;
  for (const place of places()) {
    if (place.dataset.sensor !== sensor) continue;
    const known = place.querySelector('[data-field="at"]')?.dateTime;
    if (!isOld(at) && (!known || Date.parse(at) > Date.parse(known))) showSensor(place, message);
  }
  if (powers.has(sensor)) {
    powers.set(sensor, isOld(at) ? null : powerKw);
    showSums(sensor);
  }
  document.dispatchEvent(new CustomEvent("energy:power", { detail: message }));
}

function showAge(time) {
  let age = Math.max(0, (Date.now() - Date.parse(time.dateTime)) / 1000);
  const format = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  for (const [unit, size] of UNITS) {
    if (age < size) {
      time.textContent = format.format(-Math.floor(age), unit);
      return;
    }
    age /= size;
  }
}

setInterval(() => {
  for (const time of document.querySelectorAll("[data-sensor] time[data-field=at]")) showAge(time);
}, TIMES_EVERY_MS);
