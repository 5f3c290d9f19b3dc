/* Live pages: peaks, power now, and whether the page is connected at all. */

import { keepConnected } from "./connection.js";
import { dismissToast, getUnreadCount, showPeak, showUnreadCount } from "./peaks.js";
import { getWatched, showPower } from "./power.js";
import { hear, tell } from "./tabs.js";

const { content: url, dataset } = document.querySelector('meta[name="live-notifications"]');
let after = Number(dataset.after);

function showState(state) {
  document.body.dataset.live = state === "logged-out" ? "offline" : state;
  if (state === "connecting") return;
  for (const text of document.querySelectorAll("#live-state [data-when]")) {
    text.hidden = text.dataset.when !== state;
  }
}

function onPeak(peak) {
  after = peak.seq;
  showPeak(peak);
}

function greet() {
  const sensors = getWatched();
  return sensors.length ? [{ type: "watch", sensors }] : [];
}

hear((message) => {
  if (message.type === "dismissed") dismissToast(message.seq);
  // A page that was loaded later knows better what is unread.
  if (message.type === "loaded" && message.after >= after) showUnreadCount(message.unread);
});
tell({ type: "loaded", after, unread: getUnreadCount() });

keepConnected({
  url,
  session: `${dataset.session}?after=${after}`,
  after,
  onPeak,
  onOther: (message) => message.type === "power" && showPower(message),
  onState: showState,
  greet,
});
