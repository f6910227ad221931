// What the pages do better with script; each works without it. No code from elsewhere.
"use strict";
(() => {
  const $ = (what, within = document) => within.querySelector(what);
  const $$ = (what, within = document) => [...within.querySelectorAll(what)];

  // Times in the reader's zone; UTC stays on hover.
  const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  const localise = (within) => {
    for (const time of $$("time[datetime]:not([data-ago])", within)) {
      const when = new Date(time.dateTime);
      if (!Number.isNaN(when.getTime())) time.textContent = exact.format(when);
    }
    for (const button of $$("[data-copy][hidden]", within)) button.hidden = false;
  };

  // Copying.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const said = $("span", button) || button, before = said.textContent;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      said.textContent = "Copied";
    } catch {
      said.textContent = "Not copied: select the text";
    }
    setTimeout(() => { said.textContent = before; }, 1500);
  });

  // Filters are applied as they are chosen.
  for (const form of $$("form[data-filters]")) {
    form.addEventListener("change", (event) => { if (!event.target.closest(".more")) form.requestSubmit(); });
    form.addEventListener("submit", () => {
      for (const field of form.elements) if (field.name && !field.value) field.disabled = true;
    });
    window.addEventListener("pageshow", () => { for (const field of form.elements) field.disabled = false; });
  }

  // Selecting: a click with Shift takes all between; "all" takes all that are shown.
  let last = null;
  document.addEventListener("click", (event) => {
    const box = event.target;
    if (box.matches?.("[data-all]")) {
      for (const other of $$(".pick input, input.pick", box.closest("form"))) other.checked = box.checked;
    } else if (box.matches?.(".pick input, input.pick")) {
      const boxes = $$(".pick input, input.pick", box.form);
      if (event.shiftKey && last && boxes.includes(last)) {
        const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
        for (const other of boxes.slice(from, to + 1)) other.checked = box.checked;
      }
      last = box;
    } else return;
    count(box.closest("form"));
  });
  const count = (form) => {
    const chosen = $$(".pick :checked, .pick:checked", form).length;
    for (const told of $$("[data-chosen]", form)) told.textContent = chosen;
  };
  document.addEventListener("click", (event) => {
    const none = event.target.closest("[data-none]");
    if (!none) return;
    for (const box of $$(".pick input, input.pick", none.closest("form"))) box.checked = false;
    count(none.closest("form"));
  });

  // What changes is fetched every few seconds, and put in place where it differs.
  const EVERY_MS = 4000;
  let running = false;
  const refresh = async () => {
    const parts = $$("[data-live]");
    const busy = document.hidden || running || $("dialog[open]") || $(".pick :checked, .pick:checked") ||
      document.activeElement?.closest("[data-live] input:not([type=checkbox]), [data-live] select, [data-live] textarea");
    if (!parts.length || busy) return;
    running = true;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" }, redirect: "manual" });
      // A page that is open leads to another only where nobody is signed in any more.
      if (answer.type === "opaqueredirect") { lost("ended"); return; }
      if (!answer.ok) throw new Error(String(answer.status));
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of parts) {
        const other = fresh.getElementById(part.id);
        if (other && other.outerHTML !== part.seen) put(part, other);
      }
      lost("");
    } catch {
      lost("away");
    } finally {
      running = false;
    }
  };
  const put = (part, other) => {
    const told = other.outerHTML, focused = document.activeElement;
    const where = part.contains(focused) && focused.getAttribute("href");
    for (const open of $$("details[open][id]", part)) other.querySelector(`#${CSS.escape(open.id)}`)?.setAttribute("open", "");
    for (const closed of $$("details:not([open])[id]", part)) other.querySelector(`#${CSS.escape(closed.id)}`)?.removeAttribute("open");
    localise(other);
    // Pictures that are there already stay, so that nothing flickers.
    const there = new Map($$("img", part).map((image) => [image.getAttribute("src"), image]));
    for (const image of $$("img", other)) {
      const old = there.get(image.getAttribute("src"));
      if (old?.complete && old.naturalWidth) image.replaceWith(old);
    }
    part.replaceWith(other);
    other.seen = told;
    if (where) $(`a[href="${CSS.escape(where)}"]`, other)?.focus({ preventScroll: true });
    watch(other);
  };
  const lost = (why) => {
    for (const note of $$("#away, #ended")) note.hidden = note.id !== why;
  };
  for (const part of $$("[data-live]")) part.seen = part.outerHTML;
  if ($("[data-live]")) setInterval(refresh, EVERY_MS);
  document.addEventListener("visibilitychange", refresh);

  // A thumbnail that is not there yet is asked for again, less and less often, for about ten minutes.
  const FIRST_MS = 700, LONGEST_MS = 20000, TRIES = 36;
  const watch = (within) => {
    for (const image of $$("img[data-thumb]", within)) {
      let pause = FIRST_MS, tries = 0;
      const again = () => {
        image.classList.add("missing");
        if (++tries > TRIES) return;
        setTimeout(() => { if (image.isConnected) image.src = image.dataset.thumb; }, pause);
        pause = Math.min(pause * 1.6, LONGEST_MS);
      };
      image.addEventListener("error", again);
      image.addEventListener("load", () => image.classList.remove("missing"));
      // It may have failed before anybody listened; one that waits for its turn is not complete.
      if (image.complete && !image.naturalWidth) again();
    }
  };

  // A picture opens over the wall; arrows, Escape and zoom.
  let box = null, tile = null, before = "";
  const open = async (address, from) => {
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    const picture = answer.ok && $(".picture", new DOMParser().parseFromString(await answer.text(), "text/html"));
    if (!picture) { location.href = address; return; }
    if (!box) {
      box = document.createElement("dialog");
      box.className = "box";
      box.setAttribute("aria-label", "Picture");
      box.addEventListener("close", () => {
        if (location.pathname !== new URL(before, location).pathname) history.replaceState(null, "", before);
        tile?.focus();
        box.replaceChildren();
      });
      document.body.append(box);
    }
    if (!box.open) { before = location.href; box.showModal(); }
    tile = from || tile;
    localise(picture);
    box.replaceChildren(picture);
    watch(picture);
    watch(picture);
    const close = $("[data-close]", picture);
    close?.addEventListener("click", (event) => { event.preventDefault(); box.close(); });
    (close || picture).focus();
    history.replaceState(null, "", address);
  };
  const go = (step) => {
    const within = box?.open ? box : document;
    const link = $(step > 0 ? "a[rel=next]" : "a[rel=prev]", within);
    if (link) { box?.open ? open(link.href) : link.click(); return; }
    if (!box?.open) return;
    const tiles = $$(".tile > a[data-picture]");
    const next = tiles[tiles.indexOf(tile) + step];
    if (next) { next.scrollIntoView({ block: "nearest" }); open(next.dataset.picture, next); }
  };
  document.addEventListener("click", (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
    const link = event.target.closest("a[data-picture]");
    if (link) { event.preventDefault(); open(link.dataset.picture, link); return; }
    const step = event.target.closest("dialog.box a[rel=next], dialog.box a[rel=prev], dialog.box .strip a");
    if (step) { event.preventDefault(); open(step.href); return; }
    const image = event.target.closest(".stage img");
    if (image) image.closest(".stage").classList.toggle("near");
  });
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest("input, select, textarea")) return;
    const stage = $("dialog[open] .stage") || $(".stage");
    if (event.key === "/" && !box?.open) { const search = $("[data-search]"); if (search) { event.preventDefault(); search.focus(); } }
    if (!stage) return;
    if (event.key === "ArrowRight" && !stage.classList.contains("near")) { event.preventDefault(); go(1); }
    else if (event.key === "ArrowLeft" && !stage.classList.contains("near")) { event.preventDefault(); go(-1); }
    else if (event.key === "z" || event.key === "Z") stage.classList.toggle("near");
    else if (event.key === "Escape" && !box?.open) $("[data-close]")?.click();
  });

  localise(document);
  watch(document);
  // On a narrow screen the page that is open may stand beyond the edge of the list of pages.
  $(".bar nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
})();
