// Particles that the continuous flow x' = -v(x) carries, all drawn as one path a frame.

class Flow {
  constructor(count) {
    this.count = count;
    this.at = new Float64Array(2 * count);
    this.age = new Float64Array(count);
  }

  place(i, [[left, right], [bottom, top]]) {
    this.at[2 * i] = left + Math.random() * (right - left);
    this.at[2 * i + 1] = bottom + Math.random() * (top - bottom);
    this.age[i] = 20 + 100 * Math.random();
  }

  // One frame: a step of the midpoint rule, as long as shows.
  frame(pen, view, side, colours) {
    const { at, age, count } = this, f = side.game.f, p = side.p, [[left, right], [bottom, top]] = view.box;
    const across = right - left, dt = 0.02 * Math.min(1, this.slowness(side, view.box));
    pen.globalCompositeOperation = "destination-out";
    pen.fillStyle = "rgba(0,0,0,0.08)";
    pen.fillRect(0, 0, view.width, view.height);
    pen.globalCompositeOperation = "source-over";
    pen.beginPath();
    const sx = view.width / across, sy = view.height / (top - bottom);
    for (let i = 0; i < count; i++) {
      const x = at[2 * i], y = at[2 * i + 1];
      const a = f.field(p, x, y), b = f.field(p, x - (dt / 2) * a[0], y - (dt / 2) * a[1]);
      const nx = x - dt * b[0], ny = y - dt * b[1];
      if (!(--age[i] > 0) || !(nx > left && nx < right && ny > bottom && ny < top)) {
        this.place(i, view.box);
        continue;
      }
      pen.moveTo((x - left) * sx, (top - y) * sy);
      pen.lineTo((nx - left) * sx, (top - ny) * sy);
      at[2 * i] = nx;
      at[2 * i + 1] = ny;
    }
    Object.assign(pen, { strokeStyle: colours.line, lineWidth: 1 });
    pen.stroke();
  }

  // A tenth of the box a time unit is slow enough for the eye.
  slowness(side, [[left, right], [bottom, top]]) {
    let speed = 0;
    for (let k = 0; k < 9; k++) {
      const x = left + ((k % 3) + 0.5) * (right - left) / 3, y = bottom + (Math.floor(k / 3) + 0.5) * (top - bottom) / 3;
      speed = Math.max(speed, Math.hypot(...side.game.f.field(side.p, x, y)) || 0);
    }
    return (0.6 * (right - left)) / (speed || 1);
  }
}
