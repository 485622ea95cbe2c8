// The part of a canvas's pen that the pictures use, writing SVG instead.

class SvgPen {
  constructor(width, height) {
    Object.assign(this, { width, height, parts: [], path: [], dash: [], globalAlpha: 1, lineWidth: 1, font: "12px sans-serif" });
  }
  beginPath() { this.path = []; }
  moveTo(x, y) { this.path.push(`M${x.toFixed(2)} ${y.toFixed(2)}`); }
  lineTo(x, y) { this.path.push(`L${x.toFixed(2)} ${y.toFixed(2)}`); }
  closePath() { this.path.push("Z"); }
  arc(x, y, r) { this.path.push(`M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`); }
  setLineDash(dash) { this.dash = dash; }
  stroke() { this.put(`fill="none" stroke="${this.strokeStyle}" stroke-width="${this.lineWidth}" stroke-dasharray="${this.dash.join(" ")}"`); }
  fill() { this.put(`fill="${this.fillStyle}"`); }
  put(style) { this.parts.push(`<path d="${this.path.join("")}" ${style} opacity="${this.globalAlpha}"/>`); }
  fillRect(x, y, w, h) {
    this.parts.push(`<rect x="${x}" y="${y}" width="${w}" height="${h}" fill="${this.fillStyle}" opacity="${this.globalAlpha}"/>`);
  }
  fillText(text, x, y) {
    const said = String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;");
    this.parts.push(`<text x="${x}" y="${y}" font-family="sans-serif" font-size="12" fill="${this.fillStyle}">${said}</text>`);
  }
  measureText(text) { return { width: 6.5 * String(text).length }; }
}

// A canvas fitted to its place on the page, one unit a CSS pixel.
function fitted(canvas) {
  const ratio = window.devicePixelRatio || 1, width = canvas.clientWidth, height = canvas.clientHeight;
  const wide = Math.round(width * ratio), high = Math.round(height * ratio);
  if (canvas.width !== wide || canvas.height !== high) Object.assign(canvas, { width: wide, height: high });
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  return Object.assign(pen, { wide: width, high: height });
}
