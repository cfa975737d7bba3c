// Every topic as a small honest picture that moves, on a sheet of 220 x 130.
//
// A thumbnail is a function make() -> draw(t, pen): `make` computes what never changes (a path, an
// exact score, a permutation), `draw` paints the state at time t in seconds. `STILL` holds the time
// of the telling frame: where the motion starts, and all there is when motion is not wanted.

export const W = 220, H = 130;
const TAU = 2 * Math.PI;
const lerp = (a, b, s) => a + (b - a) * s;
const smooth = s => { s = Math.min(1, Math.max(0, s)); return s * s * (3 - 2 * s); };
const range = n => [...Array(n).keys()];
const there = (t, period) => smooth(1.4 * Math.abs(2 * ((t / period) % 1) - 1) - 0.2); // 1, 0, 1
const normal = (u, v) => Math.sqrt(-2 * Math.log(1 - u)) * Math.cos(TAU * v);

function stream(seed) { // mulberry32: the same picture on every visit
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let z = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    z = (z + Math.imul(z ^ (z >>> 7), 61 | z)) ^ z;
    return ((z ^ (z >>> 14)) >>> 0) / 4294967296;
  };
}

/** Strokes in sheet coordinates; `c` maps a role to its colour. */
export function pen(ctx, c) {
  const p = {
    c,
    path(points, colour, width = 1.5, dash = [], alpha = 1) {
      ctx.globalAlpha = alpha; ctx.strokeStyle = colour; ctx.lineWidth = width; ctx.setLineDash(dash);
      ctx.beginPath();
      points.forEach(([x, y], i) => (i ? ctx.lineTo(x, y) : ctx.moveTo(x, y)));
      ctx.stroke(); ctx.globalAlpha = 1; ctx.setLineDash([]);
    },
    dot(x, y, r, colour, alpha = 1) {
      ctx.globalAlpha = alpha; ctx.fillStyle = colour;
      ctx.beginPath(); ctx.arc(x, y, r, 0, TAU); ctx.fill(); ctx.globalAlpha = 1;
    },
    box(x, y, w, h, colour, alpha = 1) {
      ctx.globalAlpha = alpha; ctx.fillStyle = colour; ctx.fillRect(x, y, w, h); ctx.globalAlpha = 1;
    },
    frame(x, y, w, h, colour, width = 1.5) {
      ctx.strokeStyle = colour; ctx.lineWidth = width; ctx.strokeRect(x, y, w, h);
    },
    ring(x, y, r, colour, width = 1.2, dash = [], alpha = 1) {
      p.path(range(49).map(i => [x + r * Math.cos(i * TAU / 48), y + r * Math.sin(i * TAU / 48)]),
        colour, width, dash, alpha);
    },
    arrow(x, y, dx, dy, colour, width = 1.8) {
      const n = Math.hypot(dx, dy); if (n < 1) return;
      const ux = dx / n, uy = dy / n, ex = x + dx, ey = y + dy, k = Math.min(6, n);
      p.path([[x, y], [ex, ey]], colour, width);
      p.path([[ex - k * (ux + 0.5 * uy), ey - k * (uy - 0.5 * ux)], [ex, ey],
        [ex - k * (ux - 0.5 * uy), ey - k * (uy + 0.5 * ux)]], colour, width);
    },
    curve(f, colour, width, dash, alpha) { // f: pixel x -> pixel y
      p.path(range(W / 2 - 9).map(i => [10 + 2 * i, f(10 + 2 * i)]), colour, width, dash, alpha);
    },
  };
  return p;
}

/** Level lines of f on the sheet as polylines: marching squares, then crossings joined by edge. */
function levels(f, values, step = 4) {
  const lines = [];
  for (const v of values) {
    const next = new Map(); // edge -> the edges it is joined to, each with its crossing
    for (let x = 0; x < W; x += step) for (let y = 0; y < H; y += step) {
      const corner = [[x, y], [x + step, y], [x + step, y + step], [x, y + step]];
      const z = corner.map(([a, b]) => f(a, b)), hits = [];
      for (let i = 0; i < 4; i++) {
        const j = (i + 1) % 4, [x0, y0] = corner[i], [x1, y1] = corner[j], s = (v - z[i]) / (z[j] - z[i]);
        if ((z[i] < v) !== (z[j] < v)) hits.push([`${x0 + x1},${y0 + y1}`, lerp(x0, x1, s), lerp(y0, y1, s)]);
      }
      for (let i = 0; i + 1 < hits.length; i += 2)
        for (const [a, b] of [[hits[i], hits[i + 1]], [hits[i + 1], hits[i]]])
          next.set(a[0], [...(next.get(a[0]) || []), { from: a, to: b }]);
    }
    const ends = [...next.keys()].sort((a, b) => next.get(a).length - next.get(b).length);
    for (const start of ends) { // open lines first, then rings
      let at = start; const line = [];
      while (next.get(at)?.length) {
        const { from, to } = next.get(at).pop();
        if (!line.length) line.push([from[1], from[2]]);
        line.push([to[1], to[2]]);
        next.set(to[0], next.get(to[0]).filter(link => link.to[0] !== at));
        at = to[0];
      }
      if (line.length) lines.push(line);
    }
  }
  return lines;
}

export const STILL = { gan: 5, convolution: 4, cnn: 4.5, information: 2.2, diffusion: 5.2, flows: 4.2,
  shapley: 6.6, probability: 7, importance: 4.2, adversarial: 4.4, landscapes: 7.4, dro: 4.2,
  stochastic: 8, recurrence: 6, convexity: 1.1, matrix_calculus: 1 };

export const THUMBS = {
  probability() { // means of six uniforms fall into bins; the bell of the limit theorem waits
    const u = stream(7), sums = range(420).map(() => range(6).reduce(s => s + u(), 0) / 6);
    const bin = m => Math.min(20, Math.floor((m - 0.15) / 0.7 * 21)), sd = Math.sqrt(1 / 72);
    return (t, p) => {
      const n = Math.floor(420 * smooth((t % 10) / 8)), count = Array(21).fill(0);
      sums.slice(0, n).forEach(m => count[bin(m)]++);
      count.forEach((k, i) => p.box(14 + 9.2 * i, 118 - 1.55 * k, 8, 1.55 * k, p.c.model, 0.8));
      const bell = x => Math.exp(-(((x - 110) / 193 * 0.7) ** 2) / (2 * sd * sd)) / (sd * Math.sqrt(TAU));
      p.curve(x => 118 - 1.55 * 420 * 0.7 / 21 * bell(x), p.c.ink, 1.3, [4, 3]);
    };
  },
  convexity() { // a tangent of a convex function never crosses it, a chord never dips below
    const f = u => 0.35 * u * u + 0.3 * Math.log1p(Math.exp(2.4 * u));
    const df = u => 0.7 * u + 0.72 / (1 + Math.exp(-2.4 * u));
    const U = x => (x - 116) / 50, F = x => 114 - 30 * f(U(x)), dF = x => -30 / 50 * df(U(x));
    return (t, p) => {
      const a = 100 + 62 * Math.sin(t * 0.7);
      p.curve(x => F(x), p.c.model, 2);
      p.curve(x => F(a) + dF(a) * (x - a), p.c.ink, 1.3, [4, 3]);
      p.path([[30, F(30)], [186, F(186)]], p.c.faint, 1.2);
      p.dot(a, F(a), 4, p.c.force);
    };
  },
  matrix_calculus() { // the gradient of x'Ax is (A + A')x, at right angles to the level line
    const q = (x, y) => { const a = (x - 110) / 60, b = (y - 65) / 60; return a * a + 0.9 * a * b + 1.6 * b * b; };
    const rings = levels(q, [0.12, 0.4, 0.85, 1.5]);
    return (t, p) => {
      rings.forEach(l => p.path(l, p.c.iso, 1.1));
      const a = 0.62 * Math.cos(t * 0.6), b = 0.42 * Math.sin(t * 0.6), x = 110 + 60 * a, y = 65 + 60 * b;
      p.path([[110, 65], [x, y]], p.c.ink, 1.2, [4, 3]);
      p.arrow(x, y, 22 * (2 * a + 0.9 * b), 22 * (0.9 * a + 3.2 * b), p.c.force);
      p.dot(x, y, 3.5, p.c.model);
    };
  },
  information() { // q walks towards p; the bar below is the divergence that is left, in nats
    const p0 = [0.4, 0.25, 0.15, 0.1, 0.06, 0.04], q0 = [0.04, 0.07, 0.12, 0.17, 0.25, 0.35];
    return (t, p) => {
      const s = 1 - there(t, 9), q = q0.map((v, i) => lerp(v, p0[i], s));
      const kl = p0.reduce((sum, v, i) => sum + v * Math.log(v / q[i]), 0);
      p0.forEach((v, i) => {
        p.box(22 + 30 * i, 92 - 190 * v, 12, 190 * v, p.c.data, 0.55);
        p.box(35 + 30 * i, 92 - 190 * q[i], 12, 190 * q[i], p.c.model, 0.85);
      });
      p.path([[16, 92.5], [204, 92.5]], p.c.faint, 1);
      p.box(22, 108, 138 * kl, 6, p.c.wrong);
    };
  },
  landscapes() { // gradient descent and heavy ball from one start on Rosenbrock's banana
    const X = x => 110 + 66 * x, Y = y => 96 - 58 * y;
    const rings = levels((a, b) => {
      const x = (a - 110) / 66, y = (96 - b) / 58;
      return Math.log1p((1 - x) ** 2 + 100 * (y - x * x) ** 2);
    }, [0.25, 0.9, 1.9, 3, 4.1, 5.1], 2);
    const run = beta => {
      let x = -1.3, y = 1.3, u = 0, v = 0;
      return range(520).map(() => {
        const here = [X(x), Y(y)], r = y - x * x;
        u = beta * u - 1e-3 * (-2 * (1 - x) - 400 * x * r);
        v = beta * v - 1e-3 * 200 * r;
        x += u; y += v;
        return here;
      });
    };
    const slow = run(0), fast = run(0.9);
    return (t, p) => {
      const k = 2 + Math.floor(517 * smooth((t % 11) / 9));
      rings.forEach(l => p.path(l, p.c.iso, 1));
      p.path(slow.slice(0, k), p.c.force, 1.6);
      p.path(fast.slice(0, k), p.c.model, 1.6);
      p.ring(X(1), Y(1), 3.5, p.c.good, 2);
      p.dot(...slow[k], 3.2, p.c.force);
      p.dot(...fast[k], 3.6, p.c.model);
    };
  },
  stochastic() { // noisy iterates scatter about the minimum, their running mean homes in on it
    const u = stream(11); let x = -1.5, y = 0.9, sx = 0, sy = 0;
    const walk = range(300).map(k => {
      x -= 0.12 * (x + 1.3 * normal(u(), u())); y -= 0.12 * (2 * y + 1.3 * normal(u(), u()));
      sx += x; sy += y;
      return [110 + 55 * x, 65 + 55 * y, 110 + 55 * sx / (k + 1), 65 + 55 * sy / (k + 1)];
    });
    const rings = levels((a, b) => ((a - 110) ** 2 + 2 * (b - 65) ** 2) / 900, [0.6, 2.4, 5.4, 9.6]);
    return (t, p) => {
      const k = 2 + Math.floor(297 * Math.min(1, (t % 12) / 10));
      rings.forEach(l => p.path(l, p.c.iso, 1));
      p.path(walk.slice(0, k).map(w => [w[0], w[1]]), p.c.force, 1, [], 0.65);
      p.path(walk.slice(0, k).map(w => [w[2], w[3]]), p.c.model, 1.8);
      p.dot(walk[k][0], walk[k][1], 2.6, p.c.force);
      p.dot(walk[k][2], walk[k][3], 3.6, p.c.model);
    };
  },
  convolution() { // (f * h)(u): the flipped kernel slides, the area of the product is the output
    const f = range(100).map(i => (i > 22 && i < 48 ? 1 : 0) + (i > 62 && i < 82 ? (i - 62) / 20 : 0));
    const h = range(15).map(i => Math.exp(-i / 5)), sum = h.reduce((a, b) => a + b);
    const g = f.map((_, u) => h.reduce((s, w, i) => s + w * (f[u - i] || 0), 0) / sum);
    return (t, p) => {
      const u = Math.floor(99 * Math.min(1, (t % 8) / 7));
      f.forEach((v, i) => p.box(10 + 2 * i, 56 - 36 * v, 2, 36 * v, p.c.data, 0.4));
      p.path(h.map((w, i) => [11 + 2 * (u - i), 56 - 36 * w]).filter(q => q[0] > 8), p.c.force, 1.8);
      p.path(g.map((v, i) => [11 + 2 * i, 116 - 44 * v]), p.c.faint, 1);
      p.path(g.slice(0, u + 1).map((v, i) => [11 + 2 * i, 116 - 44 * v]), p.c.model, 2);
      p.dot(11 + 2 * u, 116 - 44 * g[u], 3.2, p.c.model);
    };
  },
  cnn() { // a 3 x 3 edge kernel reads a 8 x 8 image and writes a 6 x 6 feature map
    const image = range(64).map(i => (Math.hypot(i % 8 - 3.2, (i >> 3) - 4) < 2.8 ? 1 : 0.12));
    const kernel = [1, 0, -1, 2, 0, -2, 1, 0, -1], s = 12;
    const out = range(36).map(i => kernel.reduce((sum, w, k) =>
      sum + w * image[(i % 6 + k % 3) + 8 * (Math.floor(i / 6) + Math.floor(k / 3))], 0));
    return (t, p) => {
      const n = Math.floor(36 * Math.min(0.999, (t % 9) / 8));
      image.forEach((v, i) => p.box(14 + s * (i % 8), 17 + s * (i >> 3), s - 1, s - 1, p.c.ink, 0.06 + 0.5 * v));
      out.forEach((v, i) => i <= n && p.box(132 + s * (i % 6), 29 + s * Math.floor(i / 6), s - 1, s - 1,
        v > 0 ? p.c.model : p.c.wrong, 0.08 + 0.9 * Math.min(1, Math.abs(v) / 3.6)));
      p.frame(131.5, 28.5, 6 * s, 6 * s, p.c.faint, 1);
      const x = n % 6, y = Math.floor(n / 6);
      p.frame(13.5 + s * x, 16.5 + s * y, 3 * s, 3 * s, p.c.force, 2);
      p.frame(131.5 + s * x, 28.5 + s * y, s, s, p.c.force, 2);
    };
  },
  recurrence() { // z <- λz: the eigenvalue inside the unit circle decides how long z is remembered
    return (t, p) => {
      const r = 0.86 + 0.12 * Math.sin(t * 0.45), a = 0.55, k = 44;
      p.ring(65, 65, 50, p.c.ink, 1.2, [4, 3], 0.7);
      const z = range(k).map(n => [r ** n * Math.cos(a * n), r ** n * Math.sin(a * n)]);
      p.path(z.map(([x, y]) => [65 + 50 * x, 65 - 50 * y]), p.c.model, 1.3, [], 0.8);
      z.forEach(([x, y], n) => p.dot(65 + 50 * x, 65 - 50 * y, 1.7, p.c.model, Math.max(0.25, r ** n)));
      p.dot(65 + 50 * z[1][0], 65 - 50 * z[1][1], 3.6, p.c.force);
      p.path([[130, 65], [212, 65]], p.c.faint, 1);
      z.forEach(([x], n) => p.path([[131 + 1.85 * n, 65], [131 + 1.85 * n, 65 - 42 * x]], p.c.model, 1.4));
    };
  },
  flows() { // a coupling layer bends the grid; its Gaussian points go along, none is lost
    const u = stream(5), cloud = range(130).map(() => [normal(u(), u()), normal(u(), u())]);
    const bend = (x, y, s) => [x, y * Math.exp(s * 0.45 * Math.tanh(1.2 * x)) + s * (0.55 * x * x - 0.9)];
    const at = ([x, y]) => [110 + 33 * x, 65 - 19 * y];
    return (t, p) => {
      const s = 1 - there(t, 9), line = g => p.path(g.map(([x, y]) => at(bend(x, y, s))), p.c.faint, 1);
      range(9).forEach(i => line(range(25).map(j => [-3 + i * 0.75, -2.4 + j * 0.2])));
      range(7).forEach(i => line(range(31).map(j => [-3 + j * 0.2, -2.4 + i * 0.8])));
      cloud.forEach(([x, y]) => p.dot(...at(bend(x, y, s)), 1.7, p.c.model, 0.85));
    };
  },
  gan() { // Dirac-GAN: the critic is an arrow, the fakes follow it, both circle before they settle
    const u = stream(3), spot = range(60).map(() => [9 * normal(u(), u()), 9 * normal(u(), u())]);
    let x = 62, y = -18, a = 0, b = 0;
    const game = range(900).map(() => {
      const here = [x, y, a, b];
      a += 0.02 * (-x - 0.3 * a); b += 0.02 * (-y - 0.3 * b);
      x += 0.02 * a; y += 0.02 * b;
      return here;
    });
    return (t, p) => {
      const k = Math.floor(60 * (t % 14)), [gx, gy, wx, wy] = game[Math.min(899, k)];
      spot.forEach(([i, j]) => p.dot(110 + j, 65 + i, 1.8, p.c.data, 0.55));
      p.path(game.slice(0, k + 1).map(s => [110 + s[0], 65 + s[1]]), p.c.model, 1, [], 0.45);
      spot.forEach(([i, j]) => p.dot(110 + gx + i, 65 + gy + j, 1.8, p.c.model, 0.8));
      p.arrow(110 + gx, 65 + gy, 0.55 * wx, 0.55 * wy, p.c.force, 2);
    };
  },
  diffusion() { // the probability-flow ODE with the exact score of 14 spots on a ring, noise to data
    const u = stream(9), steps = 60, spots = range(14).map(i => [Math.cos(i * TAU / 14), Math.sin(i * TAU / 14)]);
    let pts = range(150).map(() => [normal(u(), u()), normal(u(), u())]);
    const film = [pts];
    for (let k = steps; k > 0; k--) { // variance preserving: x' = -(x + score)/2 in time s
      const s = 3.2 * (k / steps) ** 2, ds = s - 3.2 * ((k - 1) / steps) ** 2, m = Math.exp(-s / 2), v = 1 - 0.994 * m * m;
      film.push(pts = pts.map(([x, y]) => {
        let n = 0, ex = 0, ey = 0;
        for (const [a, b] of spots) {
          const w = Math.exp(-((x - m * a) ** 2 + (y - m * b) ** 2) / (2 * v));
          n += w; ex += w * m * a; ey += w * m * b;
        }
        return [x + ds / 2 * (x + (ex / n - x) / v), y + ds / 2 * (y + (ey / n - y) / v)];
      }));
    }
    return (t, p) => {
      const k = steps * smooth((t % 9) / 6), i = Math.min(steps - 1, Math.floor(k));
      film[i].forEach(([x, y], j) => {
        const [X, Y] = film[i + 1][j];
        p.dot(110 + 46 * lerp(x, X, k - i), 65 + 46 * lerp(y, Y, k - i), 1.9, p.c.model, 0.8);
      });
    };
  },
  adversarial() { // the budget grows until the ball touches the boundary: there lies the smallest push
    const u = stream(21), nx = 0.8, ny = -0.6, side = (x, y) => nx * (x - 118) + ny * (y - 65);
    const cloud = range(70).map(() => [12 + 196 * u(), 8 + 114 * u()]).filter(q => Math.abs(side(...q)) > 9);
    const x = 72, y = 74, d = -side(x, y);
    return (t, p) => {
      const eps = 1.25 * d * smooth((t % 7) / 5.5), hit = eps >= d;
      cloud.forEach(q => side(...q) > 0 ? p.box(q[0] - 1.7, q[1] - 1.7, 3.4, 3.4, p.c.force, 0.55) : p.dot(...q, 2, p.c.model, 0.5));
      p.path([[118 - 0.75 * 61, 4], [118 + 0.75 * 61, 126]], p.c.ink, 1.3, [4, 3]);
      p.ring(x, y, eps, hit ? p.c.wrong : p.c.data, 1.4);
      const s = Math.min(eps, d + 3);
      p.arrow(x, y, s * nx, s * ny, p.c.wrong);
      p.dot(x, y, 4, p.c.model);
    };
  },
  dro() { // the worst world in a KL ball: weights tilt as exp(loss / λ) while the radius grows
    const n = 15, loss = range(n).map(i => 0.18 + 0.75 * (i / (n - 1)) ** 2 + 0.12 * Math.sin(2.3 * i));
    return (t, p) => {
      const tilt = 6 * (1 - there(t, 9)), w = loss.map(l => Math.exp(tilt * l)), sum = w.reduce((a, b) => a + b);
      const worst = loss.reduce((s, l, i) => s + w[i] / sum * l, 0), X = i => 18 + 13.1 * i;
      loss.forEach((l, i) => {
        p.dot(X(i), 60 - 46 * l, 2.4, p.c.data, 0.8);
        p.box(X(i) - 4, 118 - 130 * w[i] / sum, 8, 130 * w[i] / sum, p.c.wrong, 0.8);
        p.box(X(i) - 4, 118 - 130 / n, 8, 1, p.c.ink, 0.6);
      });
      p.path([[12, 60 - 46 * worst], [208, 60 - 46 * worst]], p.c.wrong, 1.6, [5, 3]);
    };
  },
  importance() { // permute one column: the cloud keeps its margins and loses its line
    const u = stream(17), x = range(60).map(() => 2 * u() - 1), y = x.map(v => 0.85 * v + 0.16 * normal(u(), u()));
    const deal = range(60).map(i => [u(), i]).sort((a, b) => a[0] - b[0]).map(q => q[1]);
    return (t, p) => {
      const s = 1 - there(t, 9), at = v => 65 - 46 * v;
      p.path([[40, at(-0.68)], [180, at(0.68)]], p.c.model, 1.8);
      y.forEach((v, i) => {
        const here = lerp(x[i], x[deal[i]], s), X = 110 + 84 * here;
        p.path([[X, at(v)], [X, at(0.85 * here)]], p.c.wrong, 1, [], 0.5);
        p.dot(X, at(v), 2.2, p.c.data, 0.85);
      });
    };
  },
  shapley() { // six orders of arrival; each player's mean contribution becomes the Shapley value
    const worth = [0, 4, 3, 9, 2, 8, 7, 15]; // of {}, A, B, AB, C, AC, BC, ABC
    const orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    const gains = orders.map(o => { let set = 0; const g = [];
      o.forEach(i => { g[i] = worth[set | 1 << i] - worth[set]; set |= 1 << i; }); return g; });
    return (t, p) => {
      const colour = [p.c.model, p.c.force, p.c.good], k = Math.min(6, (t % 9) / 1.2), done = Math.floor(k);
      orders.slice(0, Math.ceil(k)).forEach((o, r) => {
        let x = 14; const grow = r < done ? 1 : smooth(k - done);
        o.forEach(i => { const w = 6.2 * gains[r][i] * grow; p.box(x, 14 + 17.5 * r, w - 1.5, 10, colour[i], 0.85); x += w; });
      });
      range(3).forEach(i => {
        const mean = gains.slice(0, Math.max(1, done)).reduce((s, g) => s + g[i], 0) / Math.max(1, done);
        if (done) p.box(136 + 26 * i, 118 - 15 * mean, 18, 15 * mean, colour[i]);
      });
      p.path([[130, 118.5], [212, 118.5]], p.c.faint, 1);
    };
  },
  museum() { // published lines of equal density turn into the true ones
    const turn = range(61).map(i => i / 60 * 2 * Math.PI);
    return (t, p) => {
      const s = there(t, 8), power = lerp(2, 1, s);
      [1, 1.7].forEach(size => {
        const a = size * 1.28 ** power, b = size * 0.62 ** power; // axes of Σ to the power
        const at = (u, v) => [110 + 24 * (u - v) * 0.71, 65 - 24 * (u + v) * 0.71];
        p.path(turn.map(w => at(1.28 * size * Math.cos(w), 0.62 * size * Math.sin(w))), p.c.ink, 1.2, [5, 3]);
        p.path(turn.map(w => at(a * Math.cos(w), b * Math.sin(w))), s > 0.95 ? p.c.good : p.c.wrong, 1.8);
      });
    };
  },
};
