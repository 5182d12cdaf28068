// Keeps the overview live: the service tells when something changed, and its part of the page is fetched anew. Without it
// everything works, by reloading. A hidden tab listens to nothing; where no event comes through, it is asked for now and then.
// What somebody goes through by keys, or selects to copy it, stays as it is meanwhile; what came since is shown right after that.
"use strict";

const SILENT_MS = 25000;
const PAUSE_MS = 15000;
const place = document.querySelector("[data-live]");
let stream = null;
let silence = 0;
let asking = 0;
let shown = null;
let newest = null;

function inUse() {
  const selected = getSelection();
  return place.querySelector(":focus-visible") !== null
    || (!selected.isCollapsed && selected.containsNode(place, true));
}

function show() {
  if (newest !== null && newest !== shown && !inUse()) {
    shown = newest;
    place.innerHTML = newest;
  }
  document.body.classList.toggle("behind", newest !== shown);
}

async function refresh() {
  try {
    const answer = await fetch(place.dataset.live, { credentials: "same-origin" });
    if (answer.status === 401) {
      location.reload();
      return;
    }
    newest = (answer.ok && await answer.text()) || newest;
    show();
    document.body.classList.toggle("cut-off", !answer.ok);
  } catch {
    document.body.classList.add("cut-off");
  }
}

function hear() {
  clearTimeout(silence);
  silence = setTimeout(ask, SILENT_MS);
}

function listen() {
  stream = new EventSource(place.dataset.events);
  stream.addEventListener("beat", hear);
  stream.addEventListener("changed", () => { hear(); refresh(); });
  stream.onerror = () => {
    if (stream && stream.readyState === EventSource.CLOSED) {
      ask();
    }
    refresh();
  };
  hear();
}

function ask() {
  rest();
  asking = setInterval(refresh, PAUSE_MS);
}

function rest() {
  clearTimeout(silence);
  clearInterval(asking);
  if (stream) {
    stream.close();
    stream = null;
  }
}

if (place) {
  place.addEventListener("focusout", () => setTimeout(show));
  document.addEventListener("selectionchange", show);
  document.addEventListener("visibilitychange", () => {
    rest();
    if (!document.hidden) {
      refresh();
      listen();
    }
  });
  if (!document.hidden) {
    listen();
  }
}
