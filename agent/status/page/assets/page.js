// What the agent tells becomes text and nothing else: nodes are made here, and
// their content is set by textContent, so that no name of a file is ever markup.
"use strict";

const every = 5000; // milliseconds between two looks, at least
const share = 1 / 400; // of a core that looking may cost the agent: with many files it is done less often
const quarter = 15 * 60 * 1000;
const $ = (id) => document.getElementById(id);
let history = [];
let filter = "";
let paused = false;
let timer = 0;
let wait = every;
let looking = null; // what ends the request under way
let configured = ""; // of the configuration that is shown, what the agent told

// node makes an element with a class and content, which is text or nodes.
function node(name, className, ...content) {
  const n = document.createElement(name);
  if (className) n.className = className;
  n.append(...content.map((c) => (c instanceof Node ? c : clean(c))));
  return n;
}

// clean shows characters that would be obeyed instead of seen.
function clean(text) {
  return String(text ?? "").replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (c) => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"));
}

function set(element, text) {
  text = clean(text);
  if (element.textContent !== text) element.textContent = text;
}

function bytes(n) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  let i = 0;
  for (; n >= 1024 && i < units.length - 1; i++) n /= 1024;
  return (i === 0 || n >= 100 ? Math.round(n) : n.toFixed(1)) + " " + units[i];
}

function span(seconds) {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return s + " s";
  if (s < 3600) return Math.floor(s / 60) + " min" + (s < 600 && s % 60 ? " " + (s % 60) + " s" : "");
  if (s < 172800) return Math.floor(s / 3600) + " h " + Math.floor((s % 3600) / 60) + " min";
  return Math.floor(s / 86400) + " days";
}

const count = (n) => Number(n ?? 0).toLocaleString("en-US");
const between = (from, to) => (from ? (Date.parse(to) - Date.parse(from)) / 1000 : 0);

// rows makes a table's body of rows: [key, [cell, ...]], where a cell is text or
// nodes. A row that is there already keeps its place in the focus, and whether
// its details are open.
function rows(body, labels, wanted, nothing) {
  const old = new Map([...body.children].map((tr) => [tr.dataset.key, tr]));
  const fresh = wanted.map(([key, cells]) => {
    const tr = old.get(key) ?? node("tr");
    tr.dataset.key = key;
    const open = tr.querySelector("details")?.open;
    const focused = tr.contains(document.activeElement);
    tr.replaceChildren(...cells.map((cell, i) => {
      const td = node("td", i > 0 && typeof cell === "string" && cell.length < 18 ? "tight" : "", cell);
      td.dataset.label = labels[i];
      return td;
    }));
    const details = tr.querySelector("details");
    if (details && open) details.open = true;
    return { tr, focused };
  });
  if (wanted.length === 0) {
    const td = node("td", "quiet", nothing);
    td.colSpan = labels.length;
    fresh.push({ tr: node("tr", "", td), focused: false });
  }
  body.replaceChildren(...fresh.map((f) => f.tr));
  for (const f of fresh) if (f.focused) f.tr.querySelector("summary")?.focus({ preventScroll: true });
}

function badge(text, kind) { return node("span", "badge " + kind, text); }

function showAgent(view) {
  const a = view.status.agent;
  set($("host"), "on " + a.host);
  document.title = a.host + " · shipper";
  set($("agent"), `version ${a.version}, agent ${a.id}, process ${a.pid}, up ${span(between(a.started_at, view.status.time))}`);
  const stalled = view.status.routes.filter((r) => r.state === "stalled" || r.state === "held").length;
  const sick = view.status.outputs.filter((o) => !o.healthy).length;
  const verdict = $("verdict");
  const [text, kind] = !view.ready ? ["not ready", "bad"] : stalled ? [stalled === 1 ? "a route is stalled" : stalled + " routes are stalled", "bad"]
    : sick ? ["an output does not answer", "warn"] : ["all is well", "good"];
  set(verdict, paused ? "paused" : text);
  verdict.className = "badge " + (paused ? "" : kind);
}

function showNotices(view) {
  const s = view.status;
  const found = [];
  if (s.state.error) found.push(["bad", "Offsets can't be written: " + s.state.error]);
  if (s.agent.config_error) found.push(["warn", "The configuration on disk has mistakes; the one before is in force.\n" + s.agent.config_error]);
  for (const r of s.routes) if (r.held) found.push(["bad", `${r.name} waits for a decision: ${r.held}`]);
  for (const r of s.routes) if (r.runway?.text) found.push(["warn", `${r.name}: ${r.runway.text}`]);
  for (const r of s.routes) if (r.audit_error) found.push(["warn", `${r.name}: records about complete files wait: ${r.audit_error}`]);
  for (const i of s.inputs) {
    if (i.deleted?.near_limit) found.push(["warn", `input ${i.label}: ${i.deleted.text}`]);
    if (i.last_error) found.push(["warn", `input ${i.label}: ${i.last_error}`]);
  }
  const box = $("notices");
  const text = JSON.stringify(found);
  if (box.dataset.shown === text) return;
  box.dataset.shown = text;
  box.replaceChildren(...found.map(([kind, t]) => node("p", "notice " + kind, t)));
  box.hidden = found.length === 0;
}

function showTotals(view) {
  const routes = view.status.routes;
  const sum = (f) => routes.reduce((n, r) => n + (f(r) ?? 0), 0);
  const runways = routes.map((r) => r.runway?.seconds).filter((x) => x !== undefined);
  const held = view.status.inputs.reduce((n, i) => n + (i.deleted?.bytes ?? 0), 0);
  const cards = [
    ["Delivered", bytes(sum((r) => r.delivered_bytes))],
    ["Records", count(sum((r) => r.delivered_records))],
    ["Waits", bytes(sum((r) => r.lag_bytes))],
    ["Runway", runways.length ? span(Math.min(...runways)) : sum((r) => r.lag_bytes) > 0 ? "no end in sight" : "keeps up"],
    ["Quarantined", count(sum((r) => r.quarantined_records))],
    ["Possible duplicates", count(sum((r) => r.possible_duplicates))],
    ["Deleted files held", bytes(held)],
    ["Files", count(view.known)],
  ];
  $("totals").replaceChildren(...cards.map(([k, v]) => node("div", "", node("dt", "", k), node("dd", "", v))));
}

// draw draws points [time, value] of the last 15 minutes, and says them in words.
function draw(id, points, format, what) {
  const svg = $(id);
  const now = history.length ? history[history.length - 1].time : 0;
  const top = Math.max(...points.map((p) => p[1]), 0);
  const x = (t) => 600 - ((now - t) / quarter) * 600;
  const y = (v) => 126 - (top > 0 ? v / top : 0) * 116;
  svg.replaceChildren();
  if (points.length > 1) {
    const line = points.map(([t, v], i) => (i ? "L" : "M") + x(t).toFixed(1) + " " + y(v).toFixed(1)).join("");
    for (const [kind, d] of [["area", line + `L600 130L${x(points[0][0]).toFixed(1)} 130Z`], ["line", line]]) {
      const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
      path.setAttribute("class", kind);
      path.setAttribute("d", d);
      svg.append(path);
    }
  }
  const last = points.length ? format(points[points.length - 1][1]) : "";
  set($(id + "-now"), last);
  set($(id + "-top"), points.length > 1 ? "top: " + format(top) : "the curve begins now");
  svg.setAttribute("aria-label", `${what}: now ${last || "unknown"}, at most ${format(top)} in the last 15 minutes`);
}

function showCurves(view) {
  history.push(...view.history);
  const newest = history.length ? history[history.length - 1].time : 0;
  history = history.filter((s) => newest - s.time <= quarter);
  const rates = [];
  for (let i = 1; i < history.length; i++) {
    const passed = (history[i].time - history[i - 1].time) / 1000;
    rates.push([history[i].time, Math.max(0, history[i].delivered_bytes - history[i - 1].delivered_bytes) / passed]);
  }
  draw("rate", rates, (v) => bytes(v) + "/s", "Throughput");
  draw("lag", history.map((s) => [s.time, s.lag_seconds]), span, "Oldest line that waits");
}

const kinds = { idle: "good", shipping: "good", stalled: "bad", held: "bad" };

function showRoutes(view) {
  rows($("route-rows"), ["Route", "State", "Files", "Waits", "For", "Delivered", "Quarantined", "Runway"],
    view.status.routes.map((r) => {
      const name = node("div", "", r.name);
      if (r.last_error) name.append(node("span", "why", `${span(between(r.last_error_at, view.status.time))} ago: ${r.last_error}`));
      for (const s of r.shards) {
        name.append(node("span", "quiet", `${s.topic ?? ""}/${s.partition} ${s.state} after ${s.attempts} attempts `));
      }
      return [r.name, [name, badge(r.state, kinds[r.state] ?? ""), count(r.files), bytes(r.lag_bytes),
        r.oldest_unread ? span(between(r.oldest_unread, view.status.time)) : "–",
        `${count(r.delivered_records)} ${r.delivered_records === 1 ? "record" : "records"}, ${bytes(r.delivered_bytes)}`, count(r.quarantined_records),
        r.runway?.seconds !== undefined ? span(r.runway.seconds) : "–"]];
    }), "There is no route: the configuration names no input.");
}

// failover says where an output's lines are put aside, and since when.
function failover(f, now) {
  if (!f) return [];
  const lines = [node("span", "quiet line", `failover to ${f.to}: ` + (f.shards?.length ? "" : "healthy, ") +
    `${bytes(f.aside_bytes)} aside, ${count(f.diverted_objects)} objects diverted, ${count(f.returned_objects)} returned`)];
  for (const s of f.shards ?? []) {
    const where = s.partition < 0 ? s.topic : `${s.topic}/${s.partition}`;
    lines.push(node("span", "line", badge(s.state, s.state === "returning" ? "warn" : "bad"), ` ${where} for ${span(between(s.since, now))}: ${s.reason}`));
  }
  if (f.last_error) lines.push(node("span", "why", f.last_error));
  return lines;
}

function showOutputs(view) {
  rows($("output-rows"), ["Output", "State", "Since", "Brokers", "Error"], view.status.outputs.map((o) => {
    const peers = node("ul", "peers", ...(o.peers ?? []).map((p) => {
      const li = node("li", "", badge(p.name + (p.healthy ? "" : " ✗"), p.healthy ? "good" : "bad"));
      if (p.last_error && p.last_error !== o.last_error) li.append(node("span", "why", p.last_error));
      return li;
    }));
    const name = node("div", "", o.name, ...failover(o.failover, view.status.time));
    return [o.name, [name, badge(o.healthy ? "healthy" : "unhealthy", o.healthy ? "good" : "bad"),
      o.since ? span(between(o.since, view.status.time)) : "–", peers, node("span", o.last_error ? "why" : "", o.last_error ?? "–")]];
  }), "There is no output.");
}

function showFiles(view) {
  const shown = view.status.files.length;
  set($("files-count"), `${count(view.known)} known` + (filter ? `, ${count(view.matching)} match` : "") +
    `, ${count(view.waiting)} with lines that wait` + (shown < view.matching ? `; the ${shown} that lag most are shown` : ""));
  rows($("file-rows"), ["File", "State", "Size", "Shipped", "Waits", "For"], view.status.files.map((f) => {
    const lag = Math.max(0, ...f.routes.map((r) => r.lag_bytes));
    const seconds = Math.max(0, ...f.routes.map((r) => r.lag_seconds));
    const offset = f.routes.length ? Math.min(...f.routes.map((r) => r.offset)) : 0;
    const details = node("details", "", node("summary", "", f.path),
      node("p", "", `input ${f.input}, stream ${f.stream}, generation ${f.generation || "not begun"}`),
      ...f.routes.map((r) => node("p", "", `${r.route}: offset ${count(r.offset)} of ${count(f.size)}${r.last_error ? ", " + r.last_error : ""}`)));
    const cell = node("div", "", details);
    if (f.last_error) cell.append(node("span", "why", f.last_error));
    const percent = f.size > 0 ? Math.floor((100 * Math.min(offset, f.size)) / f.size) : 100;
    const bar = node("progress");
    bar.max = 100;
    bar.value = percent;
    bar.setAttribute("aria-label", `${percent} % shipped`);
    return [f.input + " " + f.path + " " + f.generation, [cell, f.ended || f.state, bytes(f.size), node("div", "shipped", node("span", "", `${percent} %`), bar), bytes(lag),
      lag > 0 ? span(seconds) : "–"]];
  }), filter ? "No file matches the filter." : "No files yet.");
}

function showInputs(view) {
  rows($("input-rows"), ["Input", "Files", "Deleted, held", "Counted"], view.status.inputs.map((i) => [i.label, [i.label, count(i.files),
    i.deleted ? i.deleted.text : "–",
    node("span", "quiet", Object.entries(i.counters ?? {}).filter(([, n]) => n > 0).map(([k, n]) => `${k.replaceAll("_", " ")} ${count(n)}`).join(", ") || "–")]]), "There is no input.");
}

async function showConfiguration(view) {
  if (configured === view.configuration) return;
  configured = view.configuration;
  const texts = await (await fetch("configuration.json")).json();
  $("configuration").replaceChildren(...texts.map((t) => {
    const pre = node("pre", "", t.text);
    pre.tabIndex = 0;
    return node("details", "", node("summary", "", t.name), pre);
  }));
}

async function refresh() {
  clearTimeout(timer);
  looking?.abort();
  const mine = (looking = new AbortController());
  try {
    const since = history.length ? history[history.length - 1].time : 0;
    const answer = await fetch("page.json?" + new URLSearchParams({ filter, since }), { signal: mine.signal });
    if (!answer.ok) throw new Error("the agent answers " + answer.status);
    const view = await answer.json();
    wait = Math.max(every, (view.took * 1000) / share);
    for (const show of [showAgent, showNotices, showTotals, showCurves, showRoutes, showOutputs, showFiles, showInputs]) show(view);
    document.body.dataset.shown = String(Number(document.body.dataset.shown ?? 0) + 1);
    await showConfiguration(view);
  } catch (error) {
    if (mine.signal.aborted) return;
    set($("verdict"), "the agent does not answer");
    $("verdict").className = "badge bad";
  }
  if (!paused && !document.hidden && looking === mine) timer = setTimeout(refresh, wait);
}

$("pause").addEventListener("click", () => {
  paused = !paused;
  $("pause").setAttribute("aria-pressed", String(paused));
  set($("pause"), paused ? "Go on" : "Pause");
  if (paused) {
    clearTimeout(timer);
    set($("verdict"), "paused");
    $("verdict").className = "badge";
  } else refresh();
});
$("filter").addEventListener("input", () => {
  filter = $("filter").value;
  clearTimeout(timer);
  timer = setTimeout(refresh, 250);
});
document.addEventListener("visibilitychange", () => { if (!document.hidden && !paused) refresh(); });
refresh();
