// The shared worker: every window of this browser on this server hears through one stream.
const windows = new Set();
const stream = new LiveStream((message, only) => {
  for (const port of only ? [only] : windows) port.postMessage(message);
});

onconnect = (event) => {
  const [port] = event.ports;
  windows.add(port);
  port.onmessage = ({ data }) => {
    stream.want(port, data.topics, data.since);
    if (data.gone) windows.delete(port);
  };
};
