// Interactive plots: each figure's data block becomes a plotly plot in the colours of the page.
"use strict";

(() => {
  const DASHES = ["8px,5px", "3px,3px", "12px,4px,2px,4px"];
  const SYMBOLS = ["circle", "square", "triangle-up", "diamond", "cross"];
  const wide = () => innerWidth >= 640;

  const palette = () => {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(`--${name}`).trim();
    return {
      series: Array.from({ length: 8 }, (_, i) => colour(`series-${i + 1}`)),
      ink: colour("ink"), soft: colour("soft"), grid: colour("grid"), paper: colour("paper"), raised: colour("raised"),
    };
  };

  // plotly reads a little HTML (links too), templates and TeX in every text. Ours is plain.
  const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", "%": "&#37;", $: "&#36;" };
  const plain = (text) => text.replace(/[&<>%$]/g, (sign) => ENTITIES[sign]);

  // plotly does not break lines by itself.
  const wrapped = (text, width) => {
    const lines = [""];
    for (const word of text.split(" ")) {
      const last = lines.length - 1;
      if (lines[last] && lines[last].length + word.length >= width) lines.push(word);
      else lines[last] += (lines[last] ? " " : "") + word;
    }
    return lines.map(plain).join("<br>");
  };

  const faded = (colour, share) =>
    colour + Math.round(share * 255).toString(16).padStart(2, "0");

  const traces = (drawing, colours) => {
    let dashed = 0;
    const bars = drawing.series.filter((series) => series.shape === "bars").length;
    return drawing.series.flatMap((series, i) => {
      const colour = colours.series[i % colours.series.length];
      // Names may hold anything, so hover templates take them from `meta` and never contain them.
      const common = { name: wrapped(series.name, 28), meta: [plain(series.name)], legendgroup: String(i) };
      const bar = (title) => ({
        title: { text: wrapped(title, 28), side: "right" }, thickness: 14, outlinewidth: 0, len: 0.9,
        tickfont: { color: colours.soft }, exponentformat: "power",
      });
      const hover = (body) => `${body}<extra>%{meta[0]}</extra>`;
      switch (series.shape) {
        case "line":
          return [{
            ...common, type: "scatter", mode: "lines", x: series.x, y: series.y,
            line: { color: colour, width: 2.2, dash: series.dashed ? DASHES[dashed++ % DASHES.length] : "solid" },
            hovertemplate: hover("%{x:.6~g}, %{y:.6~g}"),
          }];
        case "points":
          return [{
            ...common, type: "scatter", mode: "markers", x: series.x, y: series.y,
            marker: {
              color: colour, size: series.x.length > 500 ? 4 : 9, symbol: SYMBOLS[i % SYMBOLS.length],
              opacity: series.x.length > 500 ? 0.6 : 1,
              line: { color: colours.paper, width: series.x.length > 500 ? 0 : 1 },
            },
            ...(series.error.length && {
              error_y: { type: "data", array: series.error, color: colour, thickness: 1.4, width: 5 },
            }),
            ...(series.labels.length && { customdata: series.labels.map((label) => wrapped(label, 48)) }),
            hovertemplate: hover(
              (series.labels.length ? "%{customdata}<br>" : "") + "%{x:.6~g}, %{y:.6~g}" +
              (series.error.length ? " ± %{error_y.array:.3~g}" : "")),
          }];
        case "band":
          return [
            {
              ...common, type: "scatter", mode: "lines", x: series.x, y: series.low, showlegend: false,
              line: { width: 0, color: colour }, hovertemplate: hover("%{x:.6~g}, from %{y:.6~g}"),
            },
            {
              ...common, type: "scatter", mode: "lines", x: series.x, y: series.high, fill: "tonexty",
              fillcolor: faded(colour, 0.22), line: { width: 0, color: colour },
              hovertemplate: hover("%{x:.6~g}, to %{y:.6~g}"),
            },
          ];
        case "bars":
          return [{
            ...common, type: "bar", x: drawing.categories.map((_, at) => at), y: series.heights,
            marker: { color: colour }, width: bars > 1 ? undefined : 0.7,
            customdata: drawing.categories.map(plain), hovertemplate: hover("%{customdata}: %{y:.6~g}"),
          }];
        case "histogram": {
          const { edges, counts } = series;
          const middle = (a, b) => (drawing.x.scale === "logarithmic" ? Math.sqrt(a) * Math.sqrt(b) : (a + b) / 2);
          const alone = drawing.series.length === 1;
          // On a logarithmic axis plotly takes bar widths in data units around a centre that is not in the
          // middle of the bin, so bins are outlines there, and everywhere, to look the same.
          const x = [], y = [];
          counts.forEach((count, bin) => { x.push(edges[bin], edges[bin + 1]); y.push(count, count); });
          const low = drawing.y.scale === "logarithmic" ? null : 0;
          return [
            {
              ...common, type: "scatter", mode: "lines", x: [x[0], ...x, x[x.length - 1]], y: [low, ...y, low],
              line: { color: colour, width: 1.4 }, fill: "tozeroy", fillcolor: faded(colour, alone ? 0.55 : 0.3),
              hoverinfo: "skip",
            },
            {
              ...common, type: "scatter", mode: "markers", showlegend: false, marker: { color: colour, opacity: 0, size: 14 },
              x: counts.map((_, bin) => middle(edges[bin], edges[bin + 1])), y: counts,
              customdata: counts.map((_, bin) => [edges[bin], edges[bin + 1]]),
              hovertemplate: hover("%{y} in [%{customdata[0]:.4~g}, %{customdata[1]:.4~g})"),
            },
          ];
        }
        case "contour": {
          const { start, step, count } = series.levels;
          return [{
            ...common, type: "contour", x: series.x, y: series.y, z: series.z, colorscale: "Viridis", showlegend: false,
            autocontour: false, contours: { start, end: start + step * (count - 1), size: step },
            line: { width: 0.6, color: "#ffffff99" }, colorbar: bar(series.title),
            hovertemplate: hover("%{x:.6~g}, %{y:.6~g}: %{z:.6~g}"),
          }];
        }
        case "image": {
          const middles = ([low, high], count) =>
            Array.from({ length: count }, (_, i) => low + ((high - low) * (i + 0.5)) / count);
          return [{
            ...common, type: "heatmap", z: series.z, colorscale: "Viridis", showlegend: false, colorbar: bar(series.title),
            x: middles(series.x, series.z[0]?.length ?? 0), y: middles(series.y, series.z.length),
            hoverongaps: false, hovertemplate: hover("%{x:.6~g}, %{y:.6~g}: %{z:.6~g}"),
          }];
        }
        default:
          throw new Error(`no such shape: ${series.shape}`);
      }
    });
  };

  const named = (names, width) => names?.length && {
    tickmode: "array", tickvals: names.map((_, at) => at), showgrid: false,
    ...(names.length > 8
      ? { ticktext: names.map(plain), tickangle: -40 }
      : { ticktext: names.map((name) => wrapped(name, width)) }),
  };

  const axis = (from, colours) => ({
    title: { text: wrapped(from.title, wide() ? 60 : 36), standoff: 12 },
    type: from.scale === "logarithmic" ? "log" : "linear",
    color: colours.soft, gridcolor: colours.grid, linecolor: colours.soft, showline: true,
    zeroline: false, ticks: "outside", tickcolor: colours.grid, automargin: true,
    exponentformat: "power", ...(from.scale === "logarithmic" && { dtick: undefined, minor: { showgrid: false } }),
    ...named(from.names, 16),
  });

  // With frames the axes must not move from one to the next.
  const span = (drawing, keys, scale) => {
    if (!drawing.frames.length) return {};
    const log = scale === "logarithmic";
    const values = drawing.series.flatMap((series) => keys.flatMap((key) => series[key] ?? []));
    const [low, high] = values.reduce(([low, high], v) => [Math.min(low, v), Math.max(high, v)], [Infinity, -Infinity])
      .map((v) => (log ? Math.log10(v) : v));
    const room = 0.04 * (high - low || 1);
    return low <= high ? { range: [low - room, high + room] } : {};
  };

  const seen = (drawing, frame) => ({
    ...drawing, series: drawing.series.filter((series) => !series.frame || series.frame === drawing.frames[frame]),
  });

  const layout = (drawing, colours) => {
    const entries = drawing.series.filter((series) => (series.heights ?? series.counts ?? series.x).length);
    const many = entries.length > 1;
    const colourBar = drawing.series.some((series) => ["contour", "image"].includes(series.shape));
    return {
      autosize: true, height: (drawing.x.names?.length ?? 0) > 12 ? 640 : wide() ? 440 : 380 + (many ? 22 * entries.length : 0), uirevision: "keep",
      paper_bgcolor: colours.paper, plot_bgcolor: colours.paper,
      font: { family: "system-ui, sans-serif", size: wide() ? 13 : 12, color: colours.ink },
      margin: { l: 8, r: wide() ? 16 : 8, t: 12, b: 8 },
      hoverlabel: { bgcolor: colours.raised, bordercolor: colours.soft, font: { color: colours.ink } },
      hovermode: "closest", dragmode: wide() ? "zoom" : "pan", bargap: 0.3,
      showlegend: many,
      legend: wide() && !colourBar
        ? { x: 1.02, xanchor: "left", y: 1, bgcolor: "#00000000", tracegroupgap: 4 }
        : { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", bgcolor: "#00000000", tracegroupgap: 0 },
      xaxis: {
        ...axis(drawing.x, colours), ...drawing.ranges?.x,
        ...named(drawing.categories, 16),
      },
      yaxis: { ...axis(drawing.y, colours), ...drawing.ranges?.y },
    };
  };

  // A dragging finger scrolls the page, not the plot; zoom has buttons.
  const config = { displayModeBar: false, displaylogo: false, showSendToCloud: false, plotlyServerURL: "",
    responsive: true, scrollZoom: false, doubleClick: "reset" };

  const zoom = (plot, factor) => {
    const update = {};
    for (const name of ["xaxis", "yaxis"]) {
      const [low, high] = plot._fullLayout[name].range.map(Number);
      const [middle, half] = [(low + high) / 2, ((high - low) / 2) * factor];
      update[`${name}.range`] = [middle - half, middle + half];
    }
    return Plotly.relayout(plot, update);
  };

  const act = (figure, plot, ranges, action) => {
    switch (action) {
      case "in": return zoom(plot, 1 / 1.5);
      case "out": return zoom(plot, 1.5);
      case "reset": return ranges.x.range
        ? Plotly.relayout(plot, { "xaxis.range": ranges.x.range, "yaxis.range": ranges.y.range })
        : Plotly.relayout(plot, { "xaxis.autorange": true, "yaxis.autorange": true });
      default:
        return Plotly.downloadImage(plot, {
          format: action, filename: figure.dataset.name, width: 900, height: 520, scale: action === "png" ? 2 : 1,
        });
    }
  };

  for (const figure of document.querySelectorAll("figure[data-name]")) {
    const drawing = JSON.parse(figure.querySelector("script[type='application/json']").textContent);
    const plot = figure.querySelector(".plot");
    const slider = figure.querySelector(".frames input");
    drawing.ranges = {
      x: span(drawing, ["x"], drawing.x.scale), y: span(drawing, ["y", "low", "high"], drawing.y.scale),
    };
    const draw = () => {
      const colours = palette();
      const shown = seen(drawing, slider?.value);
      return Plotly.react(plot, traces(shown, colours), layout(shown, colours), config);
    };
    if (slider) {
      slider.parentElement.hidden = false;
      slider.addEventListener("input", () => {
        slider.nextElementSibling.textContent = drawing.frames[slider.value];
        draw();
      });
    }
    draw();
    document.addEventListener("theme", draw);
    for (const button of figure.querySelectorAll("button[data-action]")) {
      button.hidden = false;
      button.addEventListener("click", () => act(figure, plot, drawing.ranges, button.dataset.action));
    }
  }
})();
