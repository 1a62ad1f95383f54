// Times: relative ones keep up with the clock, exact ones are shown in the reader's own zone.
{
  const steps = [
    [10, "now", 1],
    [60, "seconds", 1],
    [3600, "minutes", 60],
    [172800, "hours", 3600],
    [Infinity, "days", 86400],
  ];
  const local = new Intl.DateTimeFormat(document.documentElement.lang, {
    dateStyle: "medium",
    timeStyle: "long",
    hourCycle: "h23",
  });

  function words(at) {
    const seconds = Math.round((Date.now() - at) / 1000);
    const left = Math.abs(seconds);
    const [, unit, length] = steps.find(([limit]) => left < limit);
    if (unit === "now") return regia.words.now;
    const pattern = regia.words[seconds >= 0 ? `${unit}_ago` : `in_${unit}`] ?? "";
    return pattern.replace("{count}", Math.floor(left / length).toLocaleString(document.documentElement.lang));
  }

  function refresh() {
    for (const time of document.querySelectorAll("time[data-ago]")) {
      const text = words(Date.parse(time.dateTime));
      if (time.textContent !== text) time.textContent = text;
    }
  }

  regia.onContent(() => {
    refresh();
    for (const time of document.querySelectorAll("time:not([data-local])")) {
      time.dataset.local = "";
      time.title = `${local.format(Date.parse(time.dateTime))}\n${time.title}`;
    }
  });
  setInterval(refresh, 5000);
}
