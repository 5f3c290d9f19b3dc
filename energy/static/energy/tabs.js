/* The tabs of one user in one browser tell each other what has been read or dismissed. */

const { dataset } = document.querySelector('meta[name="live-notifications"]');
const channel = new BroadcastChannel(`energy-${dataset.user}`);

export const tell = (message) => channel.postMessage(message);

export function hear(listener) {
  channel.addEventListener("message", ({ data }) => listener(data));
}
