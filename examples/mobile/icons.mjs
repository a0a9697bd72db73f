// Draws public/icon.svg as the PNG files that home screens want: node icons.mjs
// It knows what that file has, a ground and circles.

import { readFileSync, writeFileSync } from 'node:fs';
import { crc32, deflateSync } from 'node:zlib';

const SIZES = { 'apple-touch-icon.png': 180, 'icon-192.png': 192, 'icon-512.png': 512 };
/** Each pixel is the mean of so many samples by so many. */
const SAMPLES = 4;

const svg = readFileSync(new URL('public/icon.svg', import.meta.url), 'utf8');
const colour = (hex) => [1, 3, 5].map((place) => parseInt(hex.slice(place, place + 2), 16));
const ground = colour(svg.match(/<rect [^>]*fill="(#\w{6})"/)[1]);
const ring = colour(svg.match(/<g fill="(#\w{6})"/)[1]);
const circles = [...svg.matchAll(/<circle cx="(\d+)" cy="(\d+)" r="(\d+)"(?: fill="(#\w{6})")?/g)].map(
  ([, x, y, r, fill]) => ({ x: Number(x), y: Number(y), r: Number(r), fill: fill ? colour(fill) : ring }),
);

const at = (x, y) => circles.find((circle) => Math.hypot(x - circle.x, y - circle.y) < circle.r)?.fill ?? ground;

function pixel(column, row, size) {
  const sum = [0, 0, 0];
  for (let sample = 0; sample < SAMPLES ** 2; sample++) {
    const x = column + ((sample % SAMPLES) + 0.5) / SAMPLES;
    const y = row + (Math.floor(sample / SAMPLES) + 0.5) / SAMPLES;
    at((x * 512) / size, (y * 512) / size).forEach((value, channel) => (sum[channel] += value));
  }
  return sum.map((value) => Math.round(value / SAMPLES ** 2));
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

function png(size) {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(size, 0);
  head.writeUInt32BE(size, 4);
  head.set([8, 2], 8); // Eight bits a channel, red, green and blue.
  const numbers = [...Array(size).keys()];
  const rows = numbers.map((row) => [0, ...numbers.flatMap((column) => pixel(column, row, size))]);
  const image = deflateSync(Buffer.from(rows.flat()), { level: 9 });
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', head), chunk('IDAT', image), chunk('IEND', Buffer.alloc(0))]);
}

for (const [name, size] of Object.entries(SIZES)) writeFileSync(new URL(`public/${name}`, import.meta.url), png(size));
