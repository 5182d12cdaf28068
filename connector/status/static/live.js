// Keeps the overview live: fetches its part again while the page is looked at. Without it everything works, by reloading.
"use strict";

const PAUSE_MS = 4000;
const place = document.querySelector("[data-live]");

async function refresh() {
  if (document.hidden || place.contains(document.activeElement)) {
    return;
  }
  try {
    const answer = await fetch(place.dataset.live, { credentials: "same-origin" });
    const text = answer.ok ? await answer.text() : "";
    if (text && text !== refresh.last) {
      refresh.last = text;
      place.innerHTML = text;
    }
    document.body.classList.toggle("cut-off", !answer.ok);
  } catch {
    document.body.classList.add("cut-off");
  }
}

if (place) {
  setInterval(refresh, PAUSE_MS);
}
