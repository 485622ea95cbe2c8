// The search runs in a worker, and browsers start none for a page opened from a folder. There it
// runs in a hidden frame instead, which says and hears the same messages.
if (location.protocol === "file:")
  window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      const frame = document.createElement("iframe");
      frame.hidden = true;
      document.body.appendChild(frame);
      const inside = frame.contentWindow, script = inside.document.createElement("script");
      inside.postMessage = (data) => this.dispatchEvent(new MessageEvent("message", { data }));
      this.ready = new Promise((resolve) => { script.onload = resolve; });
      this.inside = inside;
      script.src = new URL(url, location.href).href;
      inside.document.head.appendChild(script);
    }

    postMessage(data) {
      const message = () => new this.inside.MessageEvent("message", { data });
      this.ready.then(() => this.inside.dispatchEvent(message()));
    }

    terminate() {}
  };
