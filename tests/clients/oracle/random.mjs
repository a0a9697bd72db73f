// Pseudo-random choices: the same seed makes the same documents on every machine.

/** A pseudo-random generator (mulberry32) with the choices that generators make. */
export class Random {
  constructor(seed) {
    this.state = seed >>> 0;
  }

  /** A number from 0 to 1, without 1. */
  next() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  /** A whole number; both ends are possible. */
  int(least, most) {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  /** Whether something of this probability happens. */
  chance(probability) {
    return this.next() < probability;
  }

  /** One of the items; undefined if there is none. */
  pick(items) {
    return items[Math.floor(this.next() * items.length)];
  }

  /** The items in another order. */
  shuffle(items) {
    const left = [...items];
    const out = [];
    while (left.length > 0) out.push(...left.splice(Math.floor(this.next() * left.length), 1));
    return out;
  }

  /** Some of the items, in another order. */
  sample(items, count) {
    return this.shuffle(items).slice(0, count);
  }
}
