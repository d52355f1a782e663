// Theme, and the filters of the index. Pages read well without it.
"use strict";

(() => {
  const root = document.documentElement;
  root.classList.add("scripted");

  // A page that is opened from a disk may have no storage: then the choice lasts as long as the page.
  const remembered = (() => {
    try { return localStorage.getItem("saddlepoint-theme"); } catch { return null; }
  })();
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => root.dataset.theme ?? (dark.matches ? "dark" : "light");
  const announce = () => document.dispatchEvent(new Event("theme"));
  if (remembered === "dark" || remembered === "light") root.dataset.theme = remembered;
  dark.addEventListener("change", announce);

  const themeButton = () => {
    const button = document.getElementById("theme");
    const label = () => { button.textContent = chosen() === "dark" ? "Light theme" : "Dark theme"; };
    button.hidden = false;
    label();
    document.addEventListener("theme", label);
    button.addEventListener("click", () => {
      root.dataset.theme = chosen() === "dark" ? "light" : "dark";
      try { localStorage.setItem("saddlepoint-theme", root.dataset.theme); } catch { /* as above */ }
      announce();
    });
  };

  const index = () => {
    const form = document.getElementById("filters");
    const table = document.getElementById("claims");
    if (!form || !table) return;
    const body = table.tBodies[0];
    const rows = [...body.rows];
    const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
    let order = { key: "order", down: false };

    const checked = (name) => [...form.querySelectorAll(`input[name="${name}"]:checked`)].map((box) => box.value);

    const show = () => {
      const [verdicts, kinds, tags] = ["verdict", "kind", "tag"].map(checked);
      const words = form.q.value.toLowerCase().split(/\s+/).filter(Boolean);
      const wanted = (row) =>
        (!verdicts.length || verdicts.includes(row.dataset.verdict)) &&
        (!kinds.length || kinds.includes(row.dataset.kind)) &&
        (!tags.length || tags.some((tag) => row.dataset.tags.split(" ").includes(tag))) &&
        words.every((word) => texts.get(row).includes(word));
      let shown = 0;
      for (const row of rows) {
        row.hidden = !wanted(row);
        if (!row.hidden) shown += 1;
      }
      document.getElementById("none").hidden = shown > 0;
      document.getElementById("shown").textContent =
        shown === rows.length ? `${rows.length} claims` : `${shown} of ${rows.length} claims`;
    };

    const sort = () => {
      const value = (row) =>
        order.key === "kind" ? row.dataset.kind
          : Number(row.dataset[order.key === "verdict" ? "rank" : order.key] ?? -1);
      const compare = (a, b) => {
        const [one, two] = [value(a), value(b)];
        const sign = one < two ? -1 : one > two ? 1 : 0;
        return (order.down ? -sign : sign) || a.dataset.order - b.dataset.order;
      };
      body.append(...[...rows].sort(compare));
      for (const head of table.tHead.rows[0].cells) {
        const mine = head.dataset.key === order.key;
        head.ariaSort = mine ? (order.down ? "descending" : "ascending") : "none";
      }
    };

    // State lives in the address, so that a filtered list can be bookmarked, shared and left with "back".
    const write = () => {
      const state = new URLSearchParams();
      for (const name of ["verdict", "kind", "tag"]) {
        const values = checked(name);
        if (values.length) state.set(name, values.join(","));
      }
      if (form.q.value) state.set("q", form.q.value);
      if (order.key !== "order" || order.down) state.set("sort", (order.down ? "-" : "") + order.key);
      const hash = state.toString().replaceAll("%2C", ",");
      history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
    };

    const read = () => {
      const state = new URLSearchParams(location.hash.slice(1));
      for (const box of form.querySelectorAll("input[type=checkbox]")) {
        box.checked = (state.get(box.name) ?? "").split(",").includes(box.value);
      }
      form.q.value = state.get("q") ?? "";
      const key = (state.get("sort") ?? "order").replace(/^-/, "");
      const known = [...table.tHead.rows[0].cells].some((head) => head.dataset.key === key);
      order = known ? { key, down: (state.get("sort") ?? "").startsWith("-") } : { key: "order", down: false };
      sort();
      show();
    };

    for (const head of table.tHead.rows[0].cells) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      button.addEventListener("click", () => {
        const key = head.dataset.key;
        // Longest first is what one asks of a duration, so numbers start descending.
        const first = key === "seconds" || key === "tasks";
        order = { key, down: order.key === key ? !order.down : first };
        sort();
        write();
      });
      head.replaceChildren(button);
    }
    form.hidden = false;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", () => { show(); write(); });
    form.addEventListener("reset", () => setTimeout(() => {
      order = { key: "order", down: false };
      sort(); show(); write();
    }));
    addEventListener("hashchange", read);
    read();
  };

  document.addEventListener("DOMContentLoaded", () => { themeButton(); index(); });
})();
