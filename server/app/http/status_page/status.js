"use strict";
// The page shows /status.json, read every two seconds. Rates are differences of two
// readings at most half a minute apart; everything else counts since the server's start.
// All text goes in as text, never as markup.

const PERIOD_MS = 2000;
const WINDOW = 15; // readings, besides the newest
const HISTORY = 60; // points of a line
const SVG = "http://www.w3.org/2000/svg";

const readings = [];
const histories = {};

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function shape(name, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

const sum = (numbers) => numbers.reduce((total, each) => total + each, 0);
const total = (counts) => sum(Object.values(counts));

// A number as a person reads it: three digits, no more zeros than it takes.
function number(value, unit = "") {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  let text;
  if (size >= 1e6 || (size > 0 && size < 1e-3)) text = value.toExponential(1);
  else if (size >= 100 || Number.isInteger(value)) text = Math.round(value).toLocaleString("en");
  else text = String(Number(value.toPrecision(3)));
  return unit ? `${text} ${unit}` : text;
}

function percent(share) {
  if (share === null || !Number.isFinite(share)) return "–";
  const value = 100 * share;
  if (value > 0 && value < 0.1) return "< 0.1 %";
  return `${value >= 10 ? Math.round(value) : Number(value.toFixed(1))} %`;
}

function seconds(value) {
  if (value === null || !Number.isFinite(value)) return "–";
  if (value < 1) return number(value * 1000, "ms");
  if (value < 120) return number(value, "s");
  if (value < 7200) return `${Math.round(value / 60)} min`;
  if (value < 172800) return `${Math.round(value / 3600)} h`;
  return `${Math.round(value / 86400)} days`;
}

function bytes(value) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    ++unit;
  }
  return number(value, units[unit]);
}

// A quantile of the difference of two histograms, as Prometheus interpolates it.
function quantile(share, newer, older) {
  if (!newer) return null;
  const counts = newer.counts.map((count, i) => count - (older ? older.counts[i] : 0));
  const rank = share * sum(counts);
  if (rank === 0) return null;
  let before = 0;
  for (let i = 0; i < newer.bounds.length; ++i) {
    if (before + counts[i] >= rank) {
      const least = i === 0 ? 0 : newer.bounds[i - 1];
      return least + ((newer.bounds[i] - least) * (rank - before)) / counts[i];
    }
    before += counts[i];
  }
  return newer.bounds[newer.bounds.length - 1];
}

const nameOf = (model) => `${model.name}/${model.version}`;
const modelIn = (status, model) =>
  status && status.models.find((other) => nameOf(other) === nameOf(model));

// Requests by code since the start: of one model, or of the whole server.
function codes(status) {
  const all = { ...status.server.requests_without_model };
  for (const model of status.models) {
    for (const [code, count] of Object.entries(model.requests)) {
      all[code] = (all[code] || 0) + count;
    }
  }
  return all;
}

const errors = (counts) => total(counts) - (counts.OK || 0);

// The histogram of all models together.
function merged(status, name) {
  let all = null;
  for (const model of status.models) {
    const one = model[name];
    if (!one) continue;
    if (!all) all = { bounds: one.bounds, counts: one.counts.map(() => 0) };
    one.counts.forEach((count, i) => { all.counts[i] += count; });
  }
  return all;
}

function tile(name, value, note, history) {
  const made = element("div", { class: "tile" },
    element("span", {}, name), element("b", {}, value), element("span", {}, note));
  if (history && history.length > 1) {
    const top = Math.max(...history, 1e-9);
    const points = history.map((each, i) =>
      `${(100 * i) / (HISTORY - 1)},${(19 - (18 * each) / top).toFixed(2)}`);
    made.append(shape("svg", { viewBox: "0 0 100 20", preserveAspectRatio: "none",
      role: "img", "aria-label": `${name} over the last two minutes` },
    shape("polyline", { class: "line", points: points.join(" ") })));
  }
  return made;
}

function remember(name, value) {
  const history = (histories[name] = histories[name] || []);
  history.push(value);
  if (history.length > HISTORY) history.shift();
  return history;
}

function showTiles(now, then) {
  const server = now.server;
  const time = then ? server.now - then.server.now : 0;
  const rate = (newer, older) => (time > 0 ? (newer - older) / time : null);
  const counts = codes(now);
  const before = then ? codes(then) : {};
  const requests = rate(total(counts), total(before));
  const newErrors = errors(counts) - errors(before);
  const newRequests = total(counts) - total(before);
  const older = then && merged(then, "duration");
  const busy = then && rate(server.worker_busy_seconds, then.server.worker_busy_seconds);
  const cpu = then && rate(server.cpu_seconds, then.server.cpu_seconds);
  const latency = (share) =>
    seconds(then ? quantile(share, merged(now, "duration"), older) : null);
  const rows = (status) => sum(status.models.map((model) => model.rows));
  const span = time > 0 ? `last ${Math.round(time)} s` : "measuring";
  document.getElementById("tiles").replaceChildren(
    tile("Requests a second", number(requests), `${number(total(counts))} since the start`,
      remember("requests", requests || 0)),
    tile("Rows a second", number(then ? rate(rows(now), rows(then)) : null),
      `${number(rows(now))} since the start`),
    tile("Latency, median", latency(0.5), `95 %: ${latency(0.95)}, 99 %: ${latency(0.99)}`,
      remember("latency", (then && quantile(0.5, merged(now, "duration"), older)) || 0)),
    tile("Errors", newRequests > 0 ? percent(newErrors / newRequests) : "–",
      `${span}; ${number(errors(counts))} since the start`),
    tile("Worker busy", percent(busy === null ? NaN : Math.min(busy, 1)), span,
      remember("busy", busy || 0)),
    tile("Waiting", number(server.queued_requests),
      `of ${number(now.limits.max_queued_requests)}; ${number(server.open_requests)} open`),
    tile("Memory", bytes(server.resident_bytes),
      `${cpu === null ? "–" : cpu.toFixed(2)} cores; ${number(server.open_files)} of ${number(server.max_files)} files`),
  );
}

function fact(name, value, title) {
  return element("div", title ? { title } : {},
    element("dt", {}, name), element("dd", {}, value));
}

// Bars of the measured shares; a line of those that are expected, where they are known.
function chart(title, caption, bars, expected, labels) {
  const width = 300, height = 120, left = 4, bottom = 104, top = 16;
  const slot = (width - 2 * left) / bars.length;
  const most = Math.max(...bars.map((bar) => bar.share), ...(expected || []), 1e-9);
  const y = (share) => bottom - ((bottom - top) * share) / most;
  const drawing = shape("svg", { viewBox: `0 0 ${width} ${height}`, role: "img",
    "aria-label": `${title}: ${caption}` });
  bars.forEach((bar, i) => {
    drawing.append(shape("rect", { class: bar.flagged ? "flag" : "bar",
      x: left + i * slot + 0.5, width: Math.max(slot - 1, 0.5), y: y(bar.share),
      height: bottom - y(bar.share) }, shape("title", {}, bar.title)));
  });
  if (expected) {
    const path = expected.map((share, i) =>
      `${i ? "L" : "M"}${left + i * slot},${y(share)}H${left + (i + 1) * slot}`);
    drawing.append(shape("path", { class: "expected", d: path.join("") }));
  }
  drawing.append(shape("line", { class: "axis", x1: left, x2: width - left,
    y1: bottom, y2: bottom }));
  for (const [at, text] of labels) {
    drawing.append(shape("text", { class: "label", y: height - 4, x: left + at * slot,
      "text-anchor": at === 0 ? "start" : at >= bars.length ? "end" : "middle" }, text));
  }
  drawing.append(shape("text", { class: "label", x: width - left, y: 11,
    "text-anchor": "end" }, `most: ${percent(most)}`));
  return element("figure", {}, element("h3", {}, title), drawing,
    element("figcaption", {}, caption));
}

function scoreChart(title, score, unit) {
  if (!score) return null;
  const shares = score.counts.map((count) => count / score.count);
  const expected = score.expected;
  const used = shares.map((share, i) => Math.max(share, expected ? expected[i] : 0) > 0.0005);
  const first = used.indexOf(true);
  const last = used.lastIndexOf(true);
  const bounds = score.bounds.slice(first, last + 1);
  const name = (i) => (i === 0 ? `up to ${number(score.bounds[0])}`
    : i < score.bounds.length ? `${number(score.bounds[i - 1])} to ${number(score.bounds[i])}`
      : `above ${number(score.bounds[i - 1])}`);
  const bars = shares.slice(first, last + 1).map((share, i) =>
    ({ share, title: `${name(first + i)}: ${percent(share)}` }));
  const every = Math.max(1, Math.ceil(bars.length / 6));
  const labels = bounds.map((bound, i) => [i + 1, number(bound)])
    .filter(([at]) => at % every === 0 && at < bars.length);
  return chart(title, `mean ${number(score.sum / score.count, unit)}; ` +
    (expected ? "line: the calibration rows" : "no calibration of this score"),
  bars, expected && expected.slice(first, last + 1), labels);
}

// By tenths, each of which has a tenth of the calibration rows; what is at or above the
// threshold apart.
function oodChart(score, threshold) {
  if (!score) return null;
  const bars = [];
  for (let tenth = 0; tenth < 10; ++tenth) {
    const [least, most] = [tenth / 10, (tenth + 1) / 10];
    let share = 0;
    score.bounds.forEach((bound, i) => {
      if (bound > least + 1e-9 && bound <= most + 1e-9) share += score.counts[i] / score.count;
    });
    bars.push({ share, flagged: most > threshold + 1e-9,
      title: `${least} to ${most}: ${percent(share)}` });
  }
  return chart("OOD score", "line: rows like the training data, a tenth in each tenth",
    bars, bars.map(() => 0.1), [[0, "0"], [5, "0.5"], [10, "1"]]);
}

function classChart(classes) {
  const rows = sum(classes.map((each) => each.rows));
  if (rows === 0) return null;
  const shown = classes.slice(0, 40);
  const bars = shown.map((each) =>
    ({ share: each.rows / rows, title: `${each.name}: ${percent(each.rows / rows)}` }));
  const most = shown.reduce((best, each) => (each.rows > best.rows ? each : best));
  const caption = `most often ${most.name}` +
    (classes.length > shown.length ? `; the first ${shown.length} classes` : "");
  return chart("Predicted classes", caption, bars, null,
    shown.length <= 12 ? shown.map((each, i) => [i + 0.5, shortName(each.name, shown.length)]) : []);
}

const shortName = (name, count) => {
  const letters = Math.max(3, Math.floor(52 / count));
  return name.length > letters ? `${name.slice(0, letters - 1)}.` : name;
};

// The rules of deploy/prometheus judge a window; this judges all rows since the start.
function driftBadge(model) {
  const drift = model.drift;
  if (!drift) return element("span", { class: "badge" }, "no drift figure");
  if (drift.rows < 200) {
    return element("span", { class: "badge" }, `drift: ${number(drift.rows)} of 200 rows`);
  }
  const limit = 0.05 + 1.95 * Math.sqrt(1 / drift.rows + 1 / model.calibration.rows);
  const drifts = drift.ks > limit;
  return element("span", { class: `badge ${drifts ? "bad" : "good"}`,
    title: `Kolmogorov-Smirnov distance, at most ${number(limit)} for so many rows` },
  `${drifts ? "drift" : "no drift"}: ${number(drift.ks)}`);
}

function flaggedBadge(model) {
  if (!model.calibration || model.judged_rows === 0) return null;
  const expected = 1 - model.calibration.threshold;
  const share = model.flagged_rows / model.judged_rows;
  const much = share > 2 * expected + 2 * Math.sqrt(expected / model.judged_rows);
  return element("span", { class: `badge ${much ? "warn" : "good"}`,
    title: `${percent(expected)} of rows like the training data are flagged` },
  `${percent(share)} flagged, ${percent(expected)} expected`);
}

function figuresOf(model) {
  const shown = [];
  const validation = model.validation;
  const accuracy = Object.keys(validation).filter((name) => /^accuracy_\d+$/.test(name))
    .sort((a, b) => Number(b.slice(9)) - Number(a.slice(9)))[0];
  if (accuracy) {
    shown.push(fact(`accuracy, ${accuracy.slice(9)} networks`, percent(validation[accuracy])));
  }
  const names = { ece: "calibration error", nll: "log loss", brier: "Brier score",
    rmse: "RMSE", mean_deviation: "mean deviation" };
  for (const [name, text] of Object.entries(names)) {
    if (name in validation) shown.push(fact(text, number(validation[name])));
  }
  return shown;
}

function modelSection(model, older, time) {
  const requests = total(model.requests);
  const rate = older && time > 0 ? (requests - total(older.requests)) / time : null;
  const latency = (share) =>
    seconds(quantile(share, model.duration, older && older.duration));
  const problems = Object.entries(model.requests).filter(([code]) => code !== "OK")
    .map(([code, count]) => `${code.toLowerCase().replace(/_/g, " ")} ${number(count)}`)
    .join(", ");
  const facts = [
    fact("digest (SHA-256)", model.digest ? `${model.digest.slice(0, 12)}…` : "unknown", model.digest),
    fact("task", `${model.task}, ${model.outputs} output${model.outputs === 1 ? "" : "s"}`),
    fact("networks by default", number(model.default_networks)),
    ...figuresOf(model),
    fact("calibration", model.calibration
      ? `${number(model.calibration.rows)} rows, ${model.calibration.primary_score.replace(/_/g, " ")}`
      : "none"),
    fact("requests a second", number(rate)),
    fact("latency 50 / 95 %", `${latency(0.5)} / ${latency(0.95)}`),
    fact("rows", number(model.rows)),
    fact("errors", problems || "none"),
  ];
  if (model.provenance.data) facts.splice(3, 0, fact("trained on", model.provenance.data));
  if (model.drift) {
    facts.push(fact("drift since start", `KS ${number(model.drift.ks)}, PSI ${number(model.drift.psi)}`));
  }
  const charts = [
    scoreChart("Predictive entropy", model.scores.predictive_entropy, "nats"),
    scoreChart("Mutual information", model.scores.mutual_information, "nats"),
    model.task === "regression"
      ? scoreChart("Total variance", model.scores.total_variance, "") : null,
    oodChart(model.scores.ood_score, model.calibration ? model.calibration.threshold : 1),
    classChart(model.classes),
  ].filter((each) => each);
  return element("section", {},
    element("div", { class: "title" },
      element("h2", {}, `${model.name} `, element("span", { class: "note" }, `version ${model.version}`)),
      ...[driftBadge(model), flaggedBadge(model)].filter((each) => each)),
    element("dl", { class: "facts" }, ...facts),
    charts.length > 0 ? element("div", { class: "charts" }, ...charts)
      : element("p", { class: "note" }, "No rows yet."));
}

function showFlagged(status) {
  const place = document.getElementById("flagged");
  if (status.flagged.length === 0) {
    place.replaceChildren(element("p", { class: "note" }, "None so far."));
    return;
  }
  const head = [["time", ""], ["model", ""], ["request id", ""], ["rows", "number"],
    ["flagged", "number"], ["highest score", "number"]];
  const rows = status.flagged.map((each) => element("tr", {},
    element("td", {}, new Date(1000 * each.time).toLocaleTimeString()),
    element("td", {}, `${each.model} ${each.version}`),
    element("td", { class: "id" }, each.id),
    element("td", { class: "number" }, number(each.rows)),
    element("td", { class: "number" }, number(each.flagged_rows)),
    element("td", { class: "number" }, each.highest_ood_score.toFixed(3))));
  place.replaceChildren(element("div", { class: "scroll" }, element("table", {},
    element("thead", {}, element("tr", {}, ...head.map(([name, kind]) =>
      element("th", kind ? { class: kind } : {}, name)))),
    element("tbody", {}, ...rows))));
}

function showLimits(limits) {
  document.getElementById("limits").replaceChildren(
    ...Object.entries(limits).map(([name, value]) => {
      if (name.endsWith("_seconds")) {
        return fact(`--${name.slice(0, -8)}`, value === null ? "none" : seconds(value));
      }
      return fact(`--${name}`, name.endsWith("_bytes") ? bytes(value) : number(value));
    }));
}

function showState(text, kind) {
  const state = document.getElementById("state");
  state.textContent = text;
  state.className = `badge ${kind}`;
}

function show(now) {
  // The oldest reading of the window; none of another process.
  while (readings.length > 0 && readings[0].server.start_time !== now.server.start_time) {
    readings.shift();
  }
  const then = readings[0];
  readings.push(now);
  if (readings.length > WINDOW) readings.shift();
  const server = now.server;
  showState(server.ready ? "ready" : "not ready", server.ready ? "good" : "warn");
  document.getElementById("about").textContent =
    `version ${server.version}, up for ${seconds(server.now - server.start_time)}`;
  document.getElementById("notices").replaceChildren(
    ...now.other_versions.map((each) => element("p", { class: "notice" }, each.state === "failed"
      ? `${each.name} version ${each.version} could not be loaded; the log says why.`
      : `${each.name} version ${each.version} is loading.`)));
  showTiles(now, then);
  document.getElementById("models").replaceChildren(...now.models.map((model) =>
    modelSection(model, modelIn(then, model), then ? server.now - then.server.now : 0)));
  showFlagged(now);
  showLimits(now.limits);
}

async function update() {
  try {
    const answer = await fetch("/status.json", { cache: "no-store" });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    show(await answer.json());
  } catch (error) {
    showState("no answer; figures are old", "bad");
  }
  setTimeout(update, PERIOD_MS);
}

update();
