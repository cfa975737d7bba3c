// Which experiments a student has looked at, kept in this browser.
const KEPT = "sp-seen"; // a list of "topic/slug"
const PLACE = /^[a-z_]+\/[a-z0-9-]+$/; // as in pages/ui/seen.py

/** In the order in which the page tells them back. */
export function seen() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT));
    const places = kept.filter(each => typeof each === "string" && PLACE.test(each));
    return [...new Set(places)].sort();
  } catch {
    return [];
  }
}

/** The picture of this experiment stands uncovered on the screen. */
export function saw(place) {
  const known = seen();
  if (known.includes(place)) return;
  try {
    localStorage.setItem(KEPT, JSON.stringify([...known, place]));
  } catch { /* private windows keep nothing */ }
}

/** Tells the page, once. */
export default function tell(component, told) {
  const places = seen();
  if (JSON.stringify(places) !== JSON.stringify(told ?? [])) component.setStateValue("places", places);
}
