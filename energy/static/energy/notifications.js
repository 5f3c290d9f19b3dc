/* Live pages: peaks, power now, and whether the page is connected at all. */

import { keepConnected } from "./connection.js";
import { dismissToast, getUnreadCount, listPeak, showGrown, showPeak, showUnreadCount } from "./peaks.js";
import { getWatched, showPower } from "./power.js";
import { readSeen, writeSeen } from "./seen.js";
import { hear, tell } from "./tabs.js";

const { content: url, dataset } = document.querySelector('meta[name="live-notifications"]');
const loadedAfter = Number(dataset.after);
let after = loadedAfter;
let countedUpTo = 0; // another tab has told the unread count with these in it

function showState(state) {
  document.body.dataset.live = state === "logged-out" ? "offline" : state;
  document.dispatchEvent(new Event("energy:connection"));
  if (state === "connecting") return;
  for (const text of document.querySelectorAll("#live-state [data-when]")) {
    text.hidden = text.dataset.when !== state;
  }
}

function onPeak(peak) {
  after = peak.seq;
  if (after > countedUpTo) showUnreadCount(peak.unread_count);
  listPeak(peak);
  // The page that this tab showed before may have told of it: Back brings an older page.
  const isNew = after > readSeen();
  writeSeen(after);
  if (isNew && !peak.is_read) showPeak(peak);
}

function greet() {
  const sensors = getWatched();
  return sensors.length ? [{ type: "watch", sensors }] : [];
}

hear((message) => {
  if (message.type === "dismissed") dismissToast(message.seq);
  // A page that was loaded later knows better what is unread.
  if (message.type === "loaded" && message.after >= after) {
    countedUpTo = message.after;
    showUnreadCount(message.unread);
  }
});
writeSeen(after);
tell({ type: "loaded", after: loadedAfter, unread: getUnreadCount() });

const others = { power: showPower, grown: ({ group }) => showGrown(group) };

keepConnected({
  url,
  user: dataset.user,
  session: `${dataset.session}?after=${loadedAfter}`,
  after: loadedAfter,
  onPeak,
  onOther: (message) => others[message.type]?.(message),
  onState: showState,
  greet,
});
