/* The highest `seq` that this tab has shown its user since they logged in.

   Since they logged in: a database that began anew counts from 1 again. */

const { dataset } = document.querySelector('meta[name="live-notifications"]');
const KEY = `energy.seen.${dataset.user}.${dataset.login}`;

export function readSeen() {
  try {
    return Number(sessionStorage.getItem(KEY));
  } catch {
    return 0; // storage is forbidden: the page's own number counts
  }
}

export function writeSeen(seq) {
  try {
    sessionStorage.setItem(KEY, Math.max(seq, readSeen()));
  } catch {
    /* The page's own number counts. */
  }
}
