/* Power now: the figures of each sensor on the page, and their sum, as readings arrive. */

import { formatClock, formatDay, formatNumber, formatPower, formatQuantity, formatWhen, language } from "./locale.js";

const TIMES_EVERY_MS = 10_000;
const UNITS = [["second", 60], ["minute", 60], ["hour", 24], ["day", Infinity]];

/* As the server judges it: a meter that is silent for longer has no power now. */
const SILENT_AFTER_MS = 3_600_000;
const isOld = (at) => Date.now() - Date.parse(at) > SILENT_AFTER_MS;

const places = () => document.querySelectorAll("[data-sensor]");
/* Of each sensor that counts in a sum: power now and limit (kW), when it was last read, and whether it is active. */
const island = document.getElementById("states-of-all");
const states = new Map(Object.entries(island ? JSON.parse(island.textContent) : {}));
const isLive = ({ at, is_active: isActive = true }) => isActive && Boolean(at) && !isOld(at);
const live = new Set([...states.keys()].filter((sensor) => isLive(states.get(sensor))));

/* As many as the server lets a page watch. */
const MOST_WATCHED = 1000;

/* The sensors that this page shows, by their ids: those with a place of their own come first. */
export function getWatched() {
  const shown = [...places()].map((place) => place.dataset.sensor);
  return [...new Set([...shown, ...states.keys()])].slice(0, MOST_WATCHED);
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
  showSigns(place, "live");
  if (powerKw !== null) showShare(place, powerKw, limitKw);
  if (field("energy")) field("energy").textContent = formatQuantity(energyKwh, "kWh");
  const time = field("at");
  if (time) {
    time.dateTime = at;
    time.title = formatWhen(new Date(at));
    showAge(time);
  }
}

/* The power beside its limit, in words and as a bar: all of it is the limit, or a power above it. */
function showShare(place, powerKw, limitKw) {
  const words = place.querySelector('[data-field="percent"]');
  const bar = place.querySelector(".meter");
  if (words) words.textContent = formatNumber((100 * powerKw) / limitKw, 0);
  if (!bar) return;
  const whole = Math.max(powerKw, limitKw);
  bar.classList.toggle("over", powerKw > limitKw);
  bar.querySelector(".meter-fill").setAttribute("width", `${(100 * powerKw) / whole}%`);
  for (const end of ["x1", "x2"]) bar.querySelector(".meter-limit").setAttribute(end, `${(100 * limitKw) / whole}%`);
}

function showSigns(place, life) {
  for (const sign of place.querySelectorAll("[data-until-live]")) sign.hidden = true;
  for (const sign of place.querySelectorAll("[data-once-seen]")) sign.hidden = false;
  for (const one of ["live", "silent", "inactive"]) {
    // By its attribute: an <svg> has no property of that name.
    for (const sign of place.querySelectorAll(`[data-when-${one}]`)) sign.toggleAttribute("hidden", one !== life);
  }
}

/* No reading for an hour, or an inactive meter: what the power was then is not what it is now. */
function showNoPower(place, life) {
  const field = (name) => place.querySelector(`[data-field="${name}"]`);
  const power = field("power");
  if (power) {
    power.textContent = "–";
    power.classList.remove("over");
    power.classList.add("muted");
  }
  if (field("over")) field("over").hidden = true;
  showSigns(place, life);
}

/* Whether nothing is heard: then it is not the meters that are silent. */
const isOffline = () => document.body.dataset.live === "offline";

function findSilent() {
  if (isOffline()) return;
  for (const place of places()) {
    const at = place.querySelector('[data-field="at"]')?.dateTime;
    if (at && isOld(at) && !isInactive(place)) showNoPower(place, "silent");
  }
  for (const sensor of live) {
    if (!isLive(states.get(sensor))) follow(sensor, states.get(sensor));
  }
}

/* What a sensor says now, or that it says nothing any more. */
function follow(sensor, state) {
  const wasLive = live.has(sensor);
  if (isLive(state)) live.add(sensor);
  else live.delete(sensor);
  states.set(sensor, { ...state, power_kw: isLive(state) ? state.power_kw : null });
  showSums(sensor);
  if (wasLive !== live.has(sensor)) document.dispatchEvent(new Event("energy:life"));
}

function sumUp(shown) {
  const known = shown.map(({ power_kw: powerKw }) => powerKw).filter((powerKw) => powerKw !== null);
  return known.length ? formatPower(known.reduce((a, b) => a + b, 0)) : "–";
}

function showSums(sensor) {
  for (const place of document.querySelectorAll("[data-power-of-all]")) {
    place.textContent = sumUp([...states.values()]);
  }
  for (const row of document.querySelectorAll(`[data-device-powers~="${CSS.escape(sensor)}"]`)) {
    const ids = row.dataset.devicePowers.split(" ");
    const mine = ids.map((id) => states.get(id)).filter(Boolean);
    const isOver = mine.some(({ power_kw: powerKw, limit_kw: limitKw }) => powerKw > limitKw);
    row.querySelector('[data-field="power"]').textContent = sumUp(mine);
    row.querySelector('[data-field="over"]').hidden = !isOver;
  }
}

const isInactive = (place) => "inactive" in place.dataset;

function showPlace(place, message) {
  const { at, is_active: isActive = true } = message;
  const wasInactive = isInactive(place);
  place.toggleAttribute("data-inactive", !isActive);
  const known = place.querySelector('[data-field="at"]')?.dateTime;
  const isNews = wasInactive || !known || Date.parse(at) > Date.parse(known);
  if (!isActive) showNoPower(place, "inactive");
  else if (!isOld(at) && isNews) showSensor(place, message);
  else if (wasInactive) showNoPower(place, "silent");
}

/* A message of the socket: the newest reading of a sensor, and whether it is active. */
export function showPower(message) {
  const { sensor_id: sensor, at, power_kw: powerKw, is_active } = message;
  for (const place of places()) {
    if (place.dataset.sensor === sensor) showPlace(place, message);
  }
  if (states.has(sensor)) follow(sensor, { ...states.get(sensor), at, power_kw: powerKw, is_active });
  document.dispatchEvent(new CustomEvent("energy:power", { detail: message }));
}

/* The newest reading that the page knows: what it still shows is as of then. */
function findNewest() {
  const shown = [...places()].map((place) => place.querySelector('[data-field="at"]')?.dateTime);
  const times = [...shown, ...[...states.values()].map(({ at }) => at)].map(Date.parse);
  return Math.max(...times.filter(Number.isFinite));
}

function showAsOf() {
  const newest = findNewest();
  if (!isOffline() || !Number.isFinite(newest)) return;
  for (const time of document.querySelectorAll("time[data-as-of]")) {
    time.dateTime = new Date(newest).toISOString();
    // Short, so that the page does not move under its reader.
    time.textContent = formatDay(newest) === formatDay(Date.now()) ? formatClock(newest) : formatWhen(newest);
  }
}

document.addEventListener("energy:connection", () => {
  showAsOf();
  findSilent();
});

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
  findSilent();
  for (const time of document.querySelectorAll("[data-sensor] time[data-field=at]")) showAge(time);
}, TIMES_EVERY_MS);
