// Which experiments a student has looked at, kept in this browser.
const KEPT = "sp-seen"; // a list of "topic/slug"

export function seen() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT));
    return Array.isArray(kept) ? kept.filter(each => typeof each === "string") : [];
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
