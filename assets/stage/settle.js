// One theme for all pages, and a side menu that closes on a phone.
//
// Streamlit keeps the theme in one key for each page, stActiveTheme-<path>-v<n>, and writes "System"
// there when a page is opened for the first time. AGREED holds what all keys had last: a key that
// says something else was written since, so it is the newest choice.

const KEY = /^stActiveTheme-.*-v(\d+)$/, AGREED = "saddlepoint-theme", NARROW = 768;
const FIRST = '"System"';
export const PLACES = [
  "", "sheet", "teacher", "probability", "convexity", "matrix_calculus", "information", "landscapes",
  "stochastic", "convolution", "cnn", "recurrence", "flows", "gan", "diffusion", "adversarial", "dro",
  "importance", "shapley", "museum",
];

/** All keys get the newest choice. */
export function agree(store, paths, here) {
  const known = JSON.parse(store.getItem(AGREED) ?? "{}"), before = new Set(known.keys);
  const keys = Object.keys(store).filter(key => KEY.test(key)), said = key => store.getItem(key);
  const newer = keys.filter(k => said(k) !== known.choice && (before.has(k) || said(k) !== FIRST));
  const own = newer.find(key => key.startsWith(`stActiveTheme-${here}-v`)) ?? newer[0];
  const choice = own ? said(own) : known.choice ?? FIRST;
  const version = Math.max(2, ...keys.map(key => Number(KEY.exec(key)[1])));
  const all = [...new Set([...keys, ...paths.map(path => `stActiveTheme-${path}-v${version}`)])];
  for (const key of all) if (said(key) !== choice) store.setItem(key, choice);
  store.setItem(AGREED, JSON.stringify({ choice, keys: all }));
}

const loaded = location.pathname;
const paths = PLACES.map(place => new URL(place || ".", document.baseURI).pathname);
let last = null, touched = false;

function keep() {
  try { agree(localStorage, paths, loaded); } catch { /* a browser that stores nothing */ }
}
for (const sign of ["pointerdown", "keydown"]) {
  addEventListener(sign, () => { touched = true; }, true);
}
addEventListener("click", () => setTimeout(keep, 400), true); // the theme is chosen by a click
addEventListener("pagehide", keep);
document.addEventListener("visibilitychange", keep);

/** On a phone the menu lies over the page: from when a page opens until it is touched it is closed. */
function close(tries) {
  if (innerWidth >= NARROW || !tries || touched) return;
  const menu = document.querySelector('[data-testid="stSidebar"]');
  if (menu?.getBoundingClientRect().width) {
    menu.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click();
  }
  setTimeout(() => close(tries - 1), 250);
}

/** Called whenever a page draws. */
export function settle() {
  keep();
  if (location.pathname === last) return;
  last = location.pathname;
  touched = false;
  close(80); // 20 seconds: the menu may come late, or again
}
