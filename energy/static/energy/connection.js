/* The socket of an open page: connects again for as long as the page is open, and misses nothing. */

const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 60_000;
const OFFLINE_SHOWN_AFTER_MS = 4000;
const STABLE_AFTER_MS = 10_000;
/* The server says something every 15 s: after two times and more the connection is dead. */
const SILENT_AFTER_MS = 40_000;
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
 * `user` is whose page it is: the cookie may be another user's by now.
 * `session` is an address that answers 401 where no session holds: a browser does not tell why a
 * socket was refused.
 * `onState` is told "online", "connecting", "offline" or "logged-out"; `greet` gives the messages to
 * send whenever a connection is open.
 */
export function keepConnected({ url, user, session, after, onPeak, onOther, onState, greet }) {
  let grown; // the newest change of a group that this page has heard of
  let socket; // the one in use: what an older one still says is not heard
  let failures = 0;
  let openedAt = Infinity;
  let isOnline = false;
  let isLost = false; // logged out, as far as is known
  let isOthers = false; // the cookie is another user's
  let retryTimer; // set while waiting for the next attempt, and only then
  let offlineTimer;
  let silenceTimer;

  function connect() {
    clearTimeout(retryTimer);
    retryTimer = undefined;
    isLost = isOthers = false;
    const address = new URL(`${url}?after=${after}&user=${user}`, location.href);
    if (grown) address.searchParams.set("grown", grown);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    const mine = (socket = new WebSocket(address));
    const whileInUse = (listener) => (event) => mine === socket && listener(event);
    mine.addEventListener("open", whileInUse(onOpen));
    mine.addEventListener("message", whileInUse(onMessage));
    mine.addEventListener("close", whileInUse(onClose));
    expectSomething();
  }

  /* A connection can die without a word: a cable is pulled, a laptop sleeps. */
  function expectSomething() {
    clearTimeout(silenceTimer);
    silenceTimer = setTimeout(giveUp, SILENT_AFTER_MS);
  }

  /* Not by waiting for the socket to close: a dead one takes long to notice. */
  function giveUp() {
    if (!socket) return;
    const dead = socket;
    socket = undefined;
    dead.close();
    connectLater();
  }

  function onOpen() {
    openedAt = Date.now();
    isOnline = true;
    clearTimeout(offlineTimer);
    offlineTimer = undefined;
    for (const message of greet()) socket.send(JSON.stringify(message));
    onState("online");
    expectSomething();
  }

  function onMessage(event) {
    expectSomething();
    const message = JSON.parse(event.data);
    if (message.type === "other-user") isOthers = true;
    else if (message.type !== "peak") {
      if (message.type === "grown") grown = message.change;
      onOther(message);
    }
    else if (message.seq > after) {
      after = message.seq;
      onPeak(message);
    }
  }

  async function onClose({ code }) {
    socket = undefined;
    const wasRefused = openedAt === Infinity;
    const maybeLoggedOut = code === LOGGED_OUT || wasRefused;
    // A session may end and another begin: a change of password does that in all other tabs.
    if (maybeLoggedOut && (isOthers || (await isLoggedOut(session)))) onLoggedOut();
    else connectLater();
  }

  function onLoggedOut() {
    isLost = true;
    isOnline = false;
    openedAt = Infinity;
    clearTimeout(silenceTimer);
    clearTimeout(offlineTimer);
    offlineTimer = undefined;
    onState("logged-out");
  }

  function connectLater() {
    clearTimeout(silenceTimer);
    // A connection that ends at once is a failure too: the waits go on growing.
    if (Date.now() - openedAt > STABLE_AFTER_MS) failures = 0;
    openedAt = Infinity;
    if (isOnline) onState("connecting");
    isOnline = false;
    offlineTimer ??= setTimeout(onState, OFFLINE_SHOWN_AFTER_MS, "offline");
    retryTimer = setTimeout(connect, retryWaitMs(failures));
    failures += 1;
  }

  async function connectNow() {
    if (retryTimer) connect();
    // Whoever has logged in again in another tab goes on here.
    else if (isLost && !(await isLoggedOut(session)) && isLost) connect();
  }

  addEventListener("online", connectNow);
  addEventListener("offline", giveUp);
  document.addEventListener("visibilitychange", () => document.hidden || connectNow());
  connect();
}
