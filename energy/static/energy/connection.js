/* The socket of an open page: connects again for as long as the page is open, and misses nothing. */

const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 60_000;
const OFFLINE_SHOWN_AFTER_MS = 4000;
const STABLE_AFTER_MS = 10_000;
const LOGGED_OUT = 4401;
const UNAUTHORIZED = 401;

/* The wait before the next attempt. Jitter: after a restart not all pages come back at once. */
export function retryWaitMs(failures, random = Math.random()) {
  return Math.min(FIRST_RETRY_MS * 2 ** failures, LONGEST_RETRY_MS) * (0.5 + random / 2);
}

async function isLoggedOut(session) {
  try {
    return (await fetch(session, { method: "HEAD" })).status === UNAUTHORIZED;
  } catch {
    return false; // no answer says nothing
  }
}

/* Calls `onPeak` once a peak, in the order of `seq`, and `onOther` with what else comes.
 *
 * `session` is an address that answers 401 where no session holds: a browser does not tell why a
 * socket was refused.
 * `onState` is told "online", "connecting", "offline" or "logged-out"; `greet` gives the messages to
 * send whenever a connection is open.
 */
export function keepConnected({ url, session, after, onPeak, onOther, onState, greet }) {
  let failures = 0;
  let openedAt = Infinity;
  let isOnline = false;
  let retryTimer; // set while waiting for the next attempt, and only then
  let offlineTimer;

  function connect() {
    clearTimeout(retryTimer);
    retryTimer = undefined;
    const address = new URL(`${url}?after=${after}`, location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(address);
    socket.addEventListener("open", () => onOpen(socket));
    socket.addEventListener("message", onMessage);
    socket.addEventListener("close", onClose);
  }

  function onOpen(socket) {
    openedAt = Date.now();
    isOnline = true;
    clearTimeout(offlineTimer);
    offlineTimer = undefined;
    for (const message of greet()) socket.send(JSON.stringify(message));
    onState("online");
  }

  function onMessage(event) {
    const message = JSON.parse(event.data);
    if (message.type !== "peak") onOther(message);
    else if (message.seq > after) {
      after = message.seq;
      onPeak(message);
    }
  }

  async function onClose(event) {
    const wasRefused = openedAt === Infinity;
    // A connection that ends at once is a failure too: the waits go on growing.
    if (Date.now() - openedAt > STABLE_AFTER_MS) failures = 0;
    openedAt = Infinity;
    if (event.code === LOGGED_OUT || (wasRefused && (await isLoggedOut(session)))) {
      clearTimeout(offlineTimer);
      onState("logged-out");
      return;
    }
    if (isOnline) onState("connecting");
    isOnline = false;
    offlineTimer ??= setTimeout(onState, OFFLINE_SHOWN_AFTER_MS, "offline");
    retryTimer = setTimeout(connect, retryWaitMs(failures));
    failures += 1;
  }

  const connectNow = () => retryTimer && connect();
  addEventListener("online", connectNow);
  document.addEventListener("visibilitychange", () => document.hidden || connectNow());
  connect();
}
