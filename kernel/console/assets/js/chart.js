// Charts over time, drawn by uPlot from the values beside them; the place is reserved by the style
// sheet, so nothing moves. Times are in the reader's own zone.
{
  const lang = document.documentElement.lang;
  const numbers = new Intl.NumberFormat(lang, { maximumFractionDigits: 2 });
  const short = new Intl.NumberFormat(lang, { notation: "compact", maximumFractionDigits: 1 });
  const clock = new Intl.DateTimeFormat(lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const seconds = new Intl.DateTimeFormat(lang, { minute: "2-digit", second: "2-digit" });
  const day = new Intl.DateTimeFormat(lang, { day: "numeric", month: "short" });
  const exact = new Intl.DateTimeFormat(lang, { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" });
  const drawn = new Map();

  // What a token or a mix of tokens is in the present theme.
  function colour(value) {
    const probe = document.createElement("span");
    probe.style.color = value;
    document.body.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  }

  function ticks(_, splits, __, ___, step) {
    return splits.map((at) => {
      const date = new Date(at * 1000);
      const midnight = date.getHours() === 0 && date.getMinutes() === 0 && date.getSeconds() === 0;
      if (step >= 86400 || (midnight && step >= 60)) return day.format(date);
      return step < 60 ? seconds.format(date) : clock.format(date);
    });
  }

  // What is counted has no fractions.
  const whole = [1, 2, 5].flatMap((step) => [...Array(12).keys()].map((power) => step * 10 ** power)).sort((a, b) => a - b);

  function axes(counts) {
    const stroke = colour("var(--faint)");
    const line = colour("var(--line)");
    const font = `11px ${getComputedStyle(document.body).fontFamily}`;
    const usual = { stroke, font, ticks: { show: false }, border: { show: false } };
    return [
      { ...usual, grid: { show: false }, values: ticks, size: 26, gap: 6, space: 64 },
      {
        ...usual,
        grid: { stroke: line, width: 1 },
        values: (_, splits) => splits.map((value) => short.format(value)),
        size: (_, values) => 14 + 7 * Math.max(2, ...(values ?? []).map((value) => value.length)),
        gap: 6,
        space: 34,
        ...(counts ? { incrs: whole } : {}),
      },
    ];
  }

  // Each stacked series is drawn up to the sum of itself and those below it; where no series has a
  // value, nothing is drawn.
  function stack(series) {
    const known = (_, at) => series.some(({ values }) => values[at] != null);
    const sums = (series[0]?.values ?? []).map((value, at) => (known(value, at) ? 0 : null));
    return series.map(({ values }) => values.map((value, at) => {
      if (sums[at] !== null) sums[at] += value ?? 0;
      return sums[at];
    }));
  }

  // A value between two gaps has no line: it is a point.
  function alone(plot, at) {
    const values = plot.data[at];
    const found = [...values.keys()].filter((i) =>
      values[i] != null && values[i - 1] == null && values[i + 1] == null);
    return found.length ? found : null;
  }

  function styles({ shape, series }) {
    const bars = shape.endsWith("bars");
    return series.map((one) => {
      const token = `var(--${one.colour})`;
      const style = { label: one.label, stroke: colour(token), width: 1.75 };
      style.points = { show: false, filter: bars ? () => null : alone, size: 5, fill: style.stroke };
      if (shape === "areas") style.fill = colour(`color-mix(in srgb, ${token} 14%, transparent)`);
      if (shape === "stacked") style.fill = colour(`color-mix(in srgb, ${token} 55%, var(--surface))`);
      if (bars) {
        style.fill = colour(`color-mix(in srgb, ${token} 75%, var(--surface))`);
        style.width = 0;
        style.paths = uPlot.paths.bars({ size: [0.7, 28], radius: 0.15 });
      }
      return style;
    });
  }

  // The values under the pointer.
  function words(data) {
    let box;
    const row = (name, value, look) => {
      const line = document.createElement("span");
      if (look) {
        const swatch = document.createElement("span");
        swatch.className = "swatch";
        swatch.style.background = `var(--${look})`;
        line.append(swatch);
      }
      line.append(name);
      const strong = document.createElement("b");
      strong.textContent = value;
      line.append(strong);
      return line;
    };
    return {
      hooks: {
        init(plot) {
          box = document.createElement("div");
          box.className = "plot-words";
          box.hidden = true;
          plot.over.append(box);
        },
        setCursor(plot) {
          const { idx, left } = plot.cursor;
          box.hidden = idx == null || left < 0;
          if (box.hidden) return;
          const value = (one) => {
            const found = one.values[idx];
            return found == null ? "–" : numbers.format(found);
          };
          const time = document.createElement("span");
          time.className = "faint";
          time.textContent = exact.format(data.times[idx] * 1000);
          box.replaceChildren(time, ...data.series.map((one) => row(one.label, value(one), one.colour)));
          const width = plot.over.clientWidth;
          const at = left > width / 2 ? left - box.offsetWidth - 12 : left + 12;
          box.style.transform = `translate(${Math.max(0, Math.min(at, width - box.offsetWidth))}px, 0)`;
        },
      },
    };
  }

  function draw(figure) {
    const holder = figure.querySelector("[data-plot]");
    const source = figure.querySelector("[data-values]");
    if (!holder || !source) return;
    drawn.get(holder)?.destroy();
    const data = JSON.parse(source.textContent);
    const stacked = data.shape.startsWith("stacked");
    const values = stacked ? stack(data.series) : data.series.map((one) => one.values);
    const series = styles(data);
    if (stacked) {
      values.reverse();
      series.reverse();
    }
    const floor = (_, low, high) => [Math.min(0, low ?? 0), high > 0 ? high * 1.08 : 1];
    const plot = new uPlot({
      width: holder.clientWidth,
      height: holder.clientHeight,
      padding: [8, 16, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
      scales: { x: { time: true }, y: { range: floor } },
      axes: axes(values.flat().every((value) => value == null || Number.isInteger(value))),
      series: [{}, ...series],
      plugins: [words(data)],
    }, [data.times, ...values], holder);
    drawn.set(holder, plot);
    holder.drawnFrom = source.textContent;
  }

  const sizes = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      drawn.get(target)?.setSize({ width: target.clientWidth, height: target.clientHeight });
    }
  });

  async function drawAll(again) {
    for (const [holder, plot] of drawn) {
      if (holder.isConnected) continue;
      plot.destroy();
      drawn.delete(holder);
    }
    const figures = [...document.querySelectorAll("[data-chart]")];
    if (!figures.length) return;
    await regia.load("uplot");
    for (const figure of figures) {
      const holder = figure.querySelector("[data-plot]");
      const known = holder?.drawnFrom === figure.querySelector("[data-values]")?.textContent;
      if (holder && (again || !known)) {
        draw(figure);
        sizes.observe(holder);
      }
    }
  }

  regia.onContent(() => drawAll(false));
  document.addEventListener("regia:theme", () => drawAll(true));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawAll(true));
}
