// SPDX-License-Identifier: Apache-2.0
// What a page can do beside being read: tables sort, filter and show more rows; charts tell, zoom and pan; commands are
// copied. Without it every page is complete but for the rows behind the first hundred of a table.
"use strict";
(() => {
  const make = (tag, properties, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };
  const tip = make("div", { className: "tip" });
  const told = make("div", { className: "sr" });
  tip.setAttribute("aria-hidden", "true");
  told.setAttribute("role", "status");
  document.body.append(tip, told);

  // ---- copy buttons
  const copied = async (text, button) => {
    try { await navigator.clipboard.writeText(text); }
    catch {  // a page from a file may lack the clipboard
      const area = make("textarea", { value: text });
      document.body.append(area); area.select(); document.execCommand("copy"); area.remove(); button.focus();
    }
    button.textContent = "copied";
    told.textContent = "copied";
    setTimeout(() => { button.textContent = "copy"; }, 1500);
  };
  const withCopy = cell => {
    const text = cell.querySelector("code").textContent;
    const button = make("button", { type: "button", textContent: "copy", onclick: () => copied(text, button) });
    button.setAttribute("aria-label", `copy ${text}`);
    cell.tagName === "PRE" ? cell.prepend(button) : cell.append(button);
  };

  // ---- tables
  const STEP = 200;
  const cell = ({ kind, prefix }, [text, , address], tones) => {  // as _cell in tables.py
    const td = make("td");
    if (kind === "number") td.className = "n";
    if (text === "–") td.textContent = text;
    else if (kind === "code") td.append(make("code", { textContent: text }));
    else if (kind === "verdict") td.append(make("span", { className: `mark ${tones[text] || "unknown"}`, textContent: text }));
    else if (kind === "link" && address) td.append(make("a", { href: address, textContent: text }));
    else if (kind === "command") { td.className = "copy"; td.append(make("code", { textContent: prefix + text })); withCopy(td); }
    else td.textContent = text;
    return td;
  };
  const entries = (box, body) => {  // every row: what it is sorted by, and its element once there is one
    const found = [...body.rows].map(row => ({
      row,
      keys: [...row.cells].map(td => td.dataset.v ?? td.textContent),
      text: row.textContent.toLowerCase(),
    }));
    const source = box.querySelector("script.rows");
    if (!source) return found;
    const { columns, tones, count } = JSON.parse(source.textContent);
    for (const column of columns) column.cells = column.cells.map(c => (Array.isArray(c) ? c : [c.toLocaleString("en-US"), c]));
    for (let i = 0; i < count; i++) {
      const cells = columns.map(c => c.cells[c.which ? c.which[i] : i]);
      found.push({
        keys: cells.map(c => c[1]),
        text: cells.map((c, k) => columns[k].prefix + c[0]).join(" ").toLowerCase(),
        get row() {
          const row = make("tr", {}, ...cells.map((c, k) => cell(columns[k], c, tones)));
          Object.defineProperty(this, "row", { value: row });
          return row;
        },
      });
    }
    return found;
  };
  const compare = (a, b) => {  // numbers before texts, both in order
    const x = a === "" ? NaN : Number(a), y = b === "" ? NaN : Number(b);
    if (!isNaN(x) && !isNaN(y)) return x - y;
    if (isNaN(x) !== isNaN(y)) return isNaN(x) ? 1 : -1;
    return String(a).localeCompare(String(b), undefined, { numeric: true });
  };
  const asTable = box => {
    const body = box.querySelector("tbody"), heads = [...box.querySelectorAll("thead th")];
    for (const td of body.querySelectorAll("td.copy")) withCopy(td);
    if (!("sorts" in box.dataset)) return;
    const all = entries(box, body), first = body.rows.length;
    let order = all, kept = all, limit = first;
    const count = make("span", { className: "soft" });
    count.setAttribute("role", "status");
    const more = make("button", { type: "button" }), whole = make("button", { type: "button" });
    const below = make("div", { className: "tools" }, more, whole);
    const show = () => {
      const shown = Math.min(limit, kept.length);
      body.replaceChildren(...kept.slice(0, shown).map(entry => entry.row));
      count.textContent = shown === all.length ? `${all.length.toLocaleString("en-US")} rows` :
        `${shown.toLocaleString("en-US")} of ${kept.length.toLocaleString("en-US")} rows${kept.length < all.length ? " that match" : ""}`;
      below.hidden = shown === kept.length;
      below.style.display = below.hidden ? "none" : "";
      more.textContent = `Show ${Math.min(STEP, kept.length - shown)} more`;
      whole.textContent = `Show all ${kept.length.toLocaleString("en-US")}`;
    };
    more.onclick = () => { limit += STEP; show(); };
    whole.onclick = () => { limit = Infinity; show(); };
    heads.forEach((th, place) => {
      const button = make("button", { type: "button" }, ...th.childNodes);
      th.append(button);
      button.onclick = () => {
        const state = th.getAttribute("aria-sort"), numeric = th.classList.contains("n");
        const next = state ? (state === "ascending" ? "descending" : "ascending") : numeric ? "descending" : "ascending";
        for (const other of heads) other.removeAttribute("aria-sort");
        th.setAttribute("aria-sort", next);
        const sign = next === "ascending" ? 1 : -1, empty = entry => entry.keys[place] === "";
        const sorted = list => list.slice().sort((a, b) => empty(a) - empty(b) || sign * compare(a.keys[place], b.keys[place]));
        order = sorted(order); kept = sorted(kept);
        show();
      };
    });
    if (all.length >= 8) {
      const input = make("input", { type: "search", placeholder: "filter: words of a row" });
      input.setAttribute("aria-label", `filter ${box.querySelector("caption").textContent}`);
      input.oninput = () => {
        const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
        kept = order.filter(entry => words.every(word => entry.text.includes(word)));
        show();
      };
      box.prepend(make("div", { className: "tools" }, input, count));
    }
    box.querySelector("p.rest")?.remove();
    box.append(below);
    show();
  };

  // ---- charts
  const PAIR = /([ML])(-?[\d.]+) (-?[\d.]+)/g;
  const SVG = "http://www.w3.org/2000/svg";
  const short = value => {  // as in axis.py
    const size = Math.abs(value);
    for (const [factor, prefix] of [[1e9, "G"], [1e6, "M"], [1e3, "k"]])
      if (size >= factor && size < 1e13) return Number((value / factor).toPrecision(size / factor < 1000 ? 3 : 12)) + prefix;
    if (size && (size < 1e-3 || size >= 1e13)) { const [m, e] = value.toExponential(2).split("e"); return `${Number(m)}e${Number(e)}`; }
    return String(Number(value.toPrecision(4)));
  };
  const step = rough => { const p = 10 ** Math.floor(Math.log10(rough)); return [1, 2, 5, 10].find(f => f * p >= rough * (1 - 1e-9)) * p; };
  const ticks = (low, high, log, wanted) => {
    if (log && high / low > 5) {
      const first = Math.floor(Math.log10(low)), last = Math.ceil(Math.log10(high)), every = Math.max(Math.floor((last - first) / 8), 1), found = [];
      for (let e = first; e <= last; e += every) for (const f of high / low <= 200 ? [1, 2, 5] : [1]) found.push(f * 10 ** e);
      return found.filter(v => v >= low * (1 - 1e-9) && v <= high * (1 + 1e-9));
    }
    const s = step((high - low) / wanted), found = [];
    for (let k = Math.ceil(low / s - 1e-9); k * s <= high + s * 1e-9; k++) found.push(k * s);
    return found;
  };
  const BASE = 720;  // the width that the drawing was made for: WIDTH in frame.py

  const asChart = plot => {
    const svg = plot.querySelector("svg"), height = svg.viewBox.baseVal.height;
    const [left, right, top, bottom] = svg.dataset.box.split(" ").map(Number);
    const spans = ["x", "y"].map(axis => (svg.dataset[axis] || "0 1 0").split(" ").map(Number));
    const kept = [...svg.querySelectorAll(".marks path, .marks rect, .marks text")].map(element => ({
      element, d: element.getAttribute("d"), x: +element.getAttribute("x"), y: +element.getAttribute("y"),
      w: +element.getAttribute("width"), h: +element.getAttribute("height"), tips: element.dataset.t?.split("\n"),
    }));
    const clip = svg.querySelector("svg.clip"), zoom = plot.dataset.zoom;
    const halo = document.createElementNS(SVG, "circle");
    halo.setAttribute("class", "halo"); halo.setAttribute("r", "7");
    let width = BASE, window_ = [[0, 1], [0, 1]], points = [], at = -1;

    const inside = (k, pixel) => (k ? (pixel - top) / (height - top - bottom) : (pixel - left) / (BASE - left - right));
    const place = (k, pixel) => {
      const [low, high] = window_[k], f = (inside(k, pixel) - low) / (high - low);
      return k ? top + f * (height - top - bottom) : left + f * (width - left - right);
    };
    const value = (k, fraction) => {
      const [low, high, log] = spans[k];
      return log ? 10 ** (Math.log10(low) + fraction * (Math.log10(high) - Math.log10(low))) : low + fraction * (high - low);
    };
    const axis = (k, group) => {
      const [low, high] = k ? [1 - window_[1][1], 1 - window_[1][0]] : window_[0], log = spans[k][2];
      const from = value(k, low), to = value(k, high), parts = [];
      const f = v => (log ? Math.log10(v / from) / Math.log10(to / from) : (v - from) / (to - from));
      for (const v of ticks(from, to, log, k ? 5 : Math.max(Math.min(Math.floor((width - left) / 70), 8), 2))) {
        const path = document.createElementNS(SVG, "path"), text = document.createElementNS(SVG, "text");
        const p = (k ? height - bottom - f(v) * (height - top - bottom) : left + f(v) * (width - left - right)).toFixed(1);
        path.setAttribute("d", k ? `M${left} ${p}H${width - right}` : `M${p} ${top}V${height - bottom}`);
        text.setAttribute("x", k ? left - 6 : p);
        text.setAttribute("y", k ? +p + 4 : height - bottom + 16);
        text.textContent = short(+v.toPrecision(12));
        parts.push(path, text);
      }
      group.replaceChildren(...parts);
    };
    const draw = () => {
      svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
      plot.classList.toggle("zoomed", window_.some(([low, high]) => high - low < 0.999));
      points = [];
      for (const { element, d, x, y, w, h, tips } of kept) {
        if (d !== null) {
          let i = 0;
          element.setAttribute("d", d.replace(PAIR, (_, letter, px, py) => {
            const a = place(0, +px), b = place(1, +py);
            if (tips) points.push({ x: a, y: b, tip: tips[i++], element });
            return `${letter}${a.toFixed(1)} ${b.toFixed(1)}`;
          }));
          continue;
        }
        const a = place(0, x), b = place(1, y);
        element.setAttribute("x", a.toFixed(2));
        if (element.tagName === "text") {
          element.setAttribute("y", zoom.includes("y") ? b : y);
          continue;
        }
        element.setAttribute("width", (place(0, x + w) - a).toFixed(2));
        if (zoom.includes("y")) { element.setAttribute("y", b); element.setAttribute("height", place(1, y + h) - b); }
        if (tips) points.push({ x: (a + place(0, x + w)) / 2, y: b + h / 2, tip: tips[0], element });
      }
      const room = (width - left - right) / Math.max(svg.querySelectorAll(".bin").length, 1);
      svg.querySelectorAll(".bin").forEach((t, i) => {  // as many labels as there is room for
        const every = Math.ceil(Math.max(...[...svg.querySelectorAll(".bin")].map(l => l.textContent.length)) * 6.6 / room);
        t.setAttribute("visibility", i % every ? "hidden" : "visible");
      });
      for (const r of svg.querySelectorAll("rect.rest")) r.setAttribute("width", width - left - right);
      for (const [k, name] of [[0, ".ax.x"], [1, ".ax.y"]]) { const g = svg.querySelector(name); if (g?.childElementCount) axis(k, g); }
      svg.querySelector(".lx")?.setAttribute("x", (left + width - right) / 2);
      if (clip) {
        clip.setAttribute("width", width - left - right);
        clip.setAttribute("viewBox", `${left} ${clip.getAttribute("y")} ${width - left - right} ${clip.getAttribute("height")}`);
      }
      points.sort((p, q) => p.x - q.x);
    };
    const fit = () => { const w = Math.round(plot.clientWidth); if (w > 60 && w !== width) { width = w; draw(); hide(); } };
    const hide = () => { tip.textContent = ""; halo.remove(); };
    const tell = (point, loud) => {
      const box = svg.getBoundingClientRect(), s = box.width / width;
      tip.textContent = point.tip;
      if (loud) told.textContent = point.tip;
      halo.setAttribute("cx", point.x); halo.setAttribute("cy", point.y);
      svg.append(halo);
      const x = box.left + point.x * s, y = box.top + point.y * s;
      tip.style.left = `${Math.max(4, Math.min(x + 12, innerWidth - tip.offsetWidth - 8))}px`;
      tip.style.top = `${y - tip.offsetHeight - 10 > 4 ? y - tip.offsetHeight - 10 : y + 14}px`;
    };
    const change = (k, centre, factor) => {
      const [low, high] = window_[k], span = Math.min((high - low) * factor, 1);
      if (span < 1e-4) return;
      const from = Math.max(0, Math.min(centre - (centre - low) * span / (high - low), 1 - span));
      window_[k] = [from, from + span];
    };
    const pan = (k, by) => {
      const [low, high] = window_[k], move = Math.max(-low, Math.min(by * (high - low), 1 - high));
      window_[k] = [low + move, high + move];
    };
    const axes = [0, 1].filter(k => zoom.includes("xy"[k]));
    const scaled = (factor, centres = window_.map(([low, high]) => (low + high) / 2)) => {
      for (const k of axes) change(k, centres[k], factor);
      hide(); draw();
    };
    const reset = () => { window_ = [[0, 1], [0, 1]]; hide(); draw(); };
    const local = event => { const box = svg.getBoundingClientRect(), s = width / box.width; return [(event.clientX - box.left) * s, (event.clientY - box.top) * s]; };
    const centres = ([x, y]) => window_.map(([low, high], k) => low + (high - low) * (k ? (y - top) / (height - top - bottom) : (x - left) / (width - left - right)));
    const seen = p => p.x >= left - 1 && p.x <= width - right + 1 && p.y >= top - 1 && p.y <= height - bottom + 1;

    let drag = null;
    plot.addEventListener("pointerdown", event => { if (axes.length && plot.classList.contains("zoomed") && event.target.closest("svg")) { drag = local(event); plot.setPointerCapture(event.pointerId); } });
    plot.addEventListener("pointerup", () => { drag = null; });
    plot.addEventListener("pointercancel", () => { drag = null; });
    plot.addEventListener("pointermove", event => {
      const [x, y] = local(event);
      if (drag) {
        if (axes.includes(0)) pan(0, (drag[0] - x) / (width - left - right));
        if (axes.includes(1)) pan(1, (drag[1] - y) / (height - top - bottom));
        drag = [x, y]; hide(); draw();
        return;
      }
      const bar = event.target.closest("rect.m");
      if (bar) { const p = points.find(point => point.element === bar); if (p) { tell({ ...p, x }); halo.remove(); } return; }
      let best = null, least = 14 ** 2;
      for (const p of points) { const far = (p.x - x) ** 2 + (p.y - y) ** 2; if (far < least && seen(p)) { least = far; best = p; } }
      best ? tell(best) : hide();
    });
    plot.addEventListener("pointerleave", hide);
    plot.addEventListener("blur", hide);
    plot.addEventListener("dblclick", event => { if (axes.length) scaled(0.5, centres(local(event))); });
    plot.addEventListener("wheel", event => { if (axes.length && (event.ctrlKey || document.activeElement === plot)) { event.preventDefault(); scaled(event.deltaY < 0 ? 0.8 : 1.25, centres(local(event))); } }, { passive: false });
    plot.addEventListener("keydown", event => {
      if (event.target !== plot) return;
      const arrow = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [1, -1], ArrowDown: [1, 1] }[event.key];
      if (arrow && event.shiftKey && axes.includes(arrow[0])) { pan(arrow[0], arrow[1] * 0.2); hide(); draw(); }
      else if (arrow && arrow[0] === 0 && !event.shiftKey || event.key === "Home" || event.key === "End") {
        const list = points.filter(seen);
        if (!list.length) return;
        at = event.key === "Home" ? 0 : event.key === "End" ? list.length - 1 : Math.max(0, Math.min(list.length - 1, at + arrow[1]));
        tell(list[at], true);
      }
      else if (axes.length && (event.key === "+" || event.key === "=")) scaled(0.6);
      else if (axes.length && event.key === "-") scaled(1 / 0.6);
      else if (axes.length && event.key === "0") reset();
      else if (event.key === "Escape") hide();
      else return;
      event.preventDefault();
    });
    if (points.length || kept.some(k => k.tips)) {
      plot.tabIndex = 0;
      plot.setAttribute("aria-description", `Left and right arrows tell the marks${axes.length ? "; plus, minus and 0 zoom, shift with arrows moves" : ""}.`);
    }
    if (axes.length) {
      const button = (text, name, onclick) => { const b = make("button", { type: "button", textContent: text, title: name, onclick }); b.setAttribute("aria-label", `${name}: ${plot.getAttribute("aria-label")}`); return b; };
      plot.after(make("div", { className: "tools zoom" }, button("+", "zoom in", () => scaled(0.6)), button("−", "zoom out", () => scaled(1 / 0.6)), button("whole", "show the whole chart", reset)));
    }
    draw();
    new ResizeObserver(() => requestAnimationFrame(fit)).observe(plot);
    fit();
    addEventListener("beforeprint", () => { window_ = [[0, 1], [0, 1]]; width = BASE; hide(); draw(); });
    addEventListener("afterprint", fit);
  };

  for (const pre of document.querySelectorAll("pre.copy")) withCopy(pre);
  for (const box of document.querySelectorAll(".table")) asTable(box);
  for (const plot of document.querySelectorAll(".plot")) asChart(plot);
  document.addEventListener("pointerover", event => {  // bars in tables
    const bar = event.target.closest?.(".bars [data-t]");
    if (!bar) return;
    const box = bar.getBoundingClientRect();
    tip.textContent = bar.dataset.t;
    tip.style.left = `${Math.max(4, Math.min(box.left, innerWidth - tip.offsetWidth - 8))}px`;
    tip.style.top = `${box.top - tip.offsetHeight - 6 > 0 ? box.top - tip.offsetHeight - 6 : box.bottom + 6}px`;
    bar.addEventListener("pointerleave", () => { tip.textContent = ""; }, { once: true });
  });
  addEventListener("beforeprint", () => { for (const d of document.querySelectorAll("details")) d.open = true; });
})();
