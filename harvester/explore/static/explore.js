// Words and sound in step. Pages are whole without it: a cue is then a link to itself, a player plays by itself.
"use strict";
(() => {
  const cues = [...document.querySelectorAll(".cue")];
  const players = [...document.querySelectorAll(".player video, .player audio")];
  const follow = document.querySelector("#follow");
  const quiet = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  let touchedAt = 0; // when somebody last scrolled by hand: following waits
  let current = null;

  const isTyping = (target) => target.closest("input, select, textarea, [contenteditable]");
  const msOf = (cue) => (cue.dataset.ms === "" ? NaN : Number(cue.dataset.ms));
  const playerOf = (part) => players.find((each) => each.dataset.part === part) || null;
  const cuesOf = new Map();
  for (const cue of cues) {
    if (!Number.isNaN(msOf(cue))) {
      if (!cuesOf.has(cue.dataset.part)) cuesOf.set(cue.dataset.part, []);
      cuesOf.get(cue.dataset.part).push(cue);
    }
  }
  for (const list of cuesOf.values()) list.sort((a, b) => msOf(a) - msOf(b));

  const findCue = (part, ms) => {
    const list = cuesOf.get(part) || [];
    let low = 0, high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (msOf(list[middle]) <= ms) low = middle + 1; else high = middle;
    }
    return low ? list[low - 1] : null;
  };

  const show = (element) => element.scrollIntoView({ block: "center", behavior: quiet ? "auto" : "smooth" });

  const play = (part, ms) => {
    const player = playerOf(part);
    if (!player) return false;
    for (const other of players) if (other !== player) other.pause();
    player.currentTime = ms / 1000;
    player.play().catch(() => {}); // a browser that wants a gesture, or a file it cannot play: said by its own event
    return true;
  };

  const mark = (cue) => {
    if (cue === current) return;
    if (current) { current.classList.remove("now"); current.removeAttribute("aria-current"); }
    current = cue;
    if (!cue) return;
    cue.classList.add("now");
    cue.setAttribute("aria-current", "true");
    if (follow && follow.checked && Date.now() - touchedAt > 4000) show(cue);
  };

  for (const player of players) {
    const step = () => mark(findCue(player.dataset.part, player.currentTime * 1000 + 50));
    player.addEventListener("timeupdate", step);
    player.addEventListener("seeked", step);
    player.addEventListener("error", () => { document.querySelector(".problem").hidden = false; });
  }
  if (players.length) document.querySelector(".follow").hidden = false;
  for (const name of ["wheel", "touchmove"]) window.addEventListener(name, () => { touchedAt = Date.now(); }, { passive: true });

  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    const link = event.target.closest(".cue a.at");
    const jump = event.target.closest("a.jump");
    if (link) {
      const cue = link.closest(".cue");
      if (!Number.isNaN(msOf(cue)) && play(cue.dataset.part, msOf(cue))) {
        event.preventDefault();
        history.replaceState(null, "", link.getAttribute("href"));
        mark(cue);
      }
    } else if (jump) {
      event.preventDefault();
      openTime(Number(jump.dataset.ms), true);
    }
  });

  for (const strip of document.querySelectorAll(".lane svg[data-length]")) {
    strip.classList.add("live");
    strip.addEventListener("click", (event) => {
      const box = strip.getBoundingClientRect();
      const ms = Number(strip.dataset.length) * (event.clientX - box.left) / box.width;
      openTime(ms, true);
    });
  }

  // of the whole meeting: parts count anew, data-at does not
  const openTime = (ms, aloud) => {
    let cue = cues[0];
    for (const each of cues) if (each.dataset.at !== "" && Number(each.dataset.at) <= ms) cue = each;
    if (!cue) return;
    if (aloud && !Number.isNaN(msOf(cue))) play(cue.dataset.part, msOf(cue) + Math.max(ms - Number(cue.dataset.at), 0));
    history.replaceState(null, "", `#t=${Math.floor(ms / 1000)}`);
    for (const each of document.querySelectorAll(".found")) each.classList.remove("found");
    cue.classList.add("found");
    show(cue);
  };

  // #t=754, #t=12:34 and #t=1:02:03 mean the cue of that time
  const openHash = () => {
    const found = /^#t=((?:\d{1,4}:)?(?:\d{1,2}:)?\d{1,6})$/.exec(location.hash);
    if (found) openTime(found[1].split(":").reduce((sum, each) => sum * 60 + Number(each), 0) * 1000);
    const cue = /^#s\d+$/.test(location.hash) && document.querySelector(location.hash);
    const player = cue && playerOf(cue.dataset.part);
    if (player && player.paused && !Number.isNaN(msOf(cue))) player.currentTime = msOf(cue) / 1000;
  };
  window.addEventListener("hashchange", openHash);
  openHash();

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (event.key === "/") {
      const box = document.querySelector("#q");
      if (box) { event.preventDefault(); box.focus(); box.select(); }
    } else if ((event.key === "j" || event.key === "k") && cues.length) {
      const here = document.activeElement.closest(".cue") || current;
      const next = here ? cues.indexOf(here) + (event.key === "j" ? 1 : -1) : 0;
      const link = cues[Math.min(Math.max(next, 0), cues.length - 1)].querySelector("a.at");
      link.focus();
    }
  });
})();
