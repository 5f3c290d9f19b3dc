/* Live alerts: listens on the socket, shows toasts, keeps the unread count. */

// The server writes "10 Mar 2026": English as it is written outside America.
const { lang } = document.documentElement;
const language = lang === "en" ? "en-GB" : lang;
const timeZone = document.body.dataset.timeZone;

const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 60_000;
const OFFLINE_SHOWN_AFTER_MS = 4000;
const STABLE_AFTER_MS = 10_000;
const TOAST_MS = 15_000;
const LOGGED_OUT = 4401;

/* --- Words and numbers in the page's language */

const decimals = (most, least = most) =>
  new Intl.NumberFormat(language, { minimumFractionDigits: least, maximumFractionDigits: most });
const formatPower = (kw) => `${decimals(2).format(kw)}\u00a0kW`;
const formatLimit = (kw) => `${decimals(3, 0).format(kw)}\u00a0kW`;

function formatOver(powerKw, limitKw) {
  const percent = 100 * (powerKw / limitKw - 1);
  return `+${decimals(percent >= 10 ? 0 : 1).format(percent)}%`;
}

function formatSpan(startedAt, endedAt) {
  const isShort = endedAt - startedAt < 10 * 60_000;
  const parts = {
    timeZone,
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: isShort ? "2-digit" : undefined,
    hourCycle: "h23",
  };
  return new Intl.DateTimeFormat(language, parts).formatRange(startedAt, endedAt);
}

/* --- What the page shows of a peak */

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
    if (name === "link") field.href = `/devices/${encodeURIComponent(peak.device_id)}/`;
    else if (name === "seq") field.value = peak.seq;
    else field.textContent = texts[name];
  }
  element.dataset.seq = peak.seq;
  return element;
}

function showToast(peak) {
  const toast = fill(document.getElementById("toast-template"), peak);
  const dismiss = () => toast.remove();
  const dismissLater = () =>
    setTimeout(() => {
      // Whoever reads it, reaches for it or looks at another tab still needs it.
      const isNeeded = document.hidden || toast.matches(":hover, :focus-within");
      if (isNeeded) dismissLater();
      else dismiss();
    }, TOAST_MS);
  toast.querySelector(".dismiss").addEventListener("click", dismiss);
  document.getElementById("toasts").prepend(toast);
  dismissLater();
}

function raiseUnreadCount() {
  const counter = document.getElementById("unread-count");
  const count = Number(counter.textContent) + 1;
  counter.textContent = count;
  counter.parentElement.hidden = false;
  document.title = `(${count}) ${document.title.replace(/^\(\d+\) /, "")}`;
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

function show(peak) {
  showToast(peak);
  raiseUnreadCount();
  addToList(peak);
  document.dispatchEvent(new CustomEvent("peak", { detail: peak }));
}

/* --- The connection */

function showState(state) {
  document.body.dataset.live = state;
}

function showReason(reason) {
  for (const text of document.querySelectorAll("#live-state [data-when]")) {
    text.hidden = text.dataset.when !== reason;
  }
}

/* Calls `onPeak` once a peak, in order, for as long as the page is open. */
function listen(url, startAfter, onPeak) {
  let after = startAfter;
  let failures = 0;
  let openedAt = Infinity;
  let retryTimer; // set while waiting for the next attempt, and only then
  let offlineTimer;

  function connect() {
    clearTimeout(retryTimer);
    retryTimer = undefined;
    const address = new URL(`${url}?after=${after}`, location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(address);
    socket.addEventListener("open", onOpen);
    socket.addEventListener("message", onMessage);
    socket.addEventListener("close", onClose);
  }

  function onOpen() {
    openedAt = Date.now();
    clearTimeout(offlineTimer);
    offlineTimer = undefined;
    showState("online");
    showReason(null);
  }

  function onMessage(event) {
    const message = JSON.parse(event.data);
    if (message.type !== "peak" || message.seq <= after) return;
    after = message.seq;
    onPeak(message);
  }

  function onClose(event) {
    // A connection that ends at once is a failure too: the waits go on growing.
    if (Date.now() - openedAt > STABLE_AFTER_MS) failures = 0;
    openedAt = Infinity;
    if (event.code === LOGGED_OUT) {
      clearTimeout(offlineTimer);
      showState("offline");
      showReason("logged-out");
      return;
    }
    if (document.body.dataset.live === "online") showState("connecting");
    offlineTimer ??= setTimeout(() => {
      showState("offline");
      showReason("offline");
    }, OFFLINE_SHOWN_AFTER_MS);
    const wait = Math.min(FIRST_RETRY_MS * 2 ** failures, LONGEST_RETRY_MS);
    failures += 1;
    // Jitter: after a restart of the server not all pages come back at the same moment.
    retryTimer = setTimeout(connect, wait * (0.5 + Math.random() / 2));
  }

  addEventListener("online", () => retryTimer && connect());
  connect();
}

const { content: url, dataset } = document.querySelector('meta[name="live-notifications"]');
listen(url, Number(dataset.after), show);
