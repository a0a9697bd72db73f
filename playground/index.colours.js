// GraphiQL wants its colours as hue, saturation and lightness, for light and for dark: here they are made of /colours.css.

/** What GraphiQL calls a colour, and which of ours it is. Letters of code are as dark (or light) as reading needs. */
const COLOURS = {
  base: 'var(--panel)',
  neutral: 'var(--ink)',
  primary: 'var(--accent)',
  secondary: 'color-mix(in srgb, var(--accent) 55%, var(--ink))',
  tertiary: 'var(--soft)',
  info: 'var(--ink)',
  success: 'color-mix(in srgb, var(--mark) 60%, var(--ink))',
  warning: 'color-mix(in srgb, var(--mark) 60%, var(--ink))',
  error: 'var(--bad)',
};

/** Where GraphiQL sets its colours. */
const PLACES = ['.graphiql-container', '.CodeMirror-info', '.CodeMirror-lint-tooltip', '.graphiql-dialog', '[data-radix-popper-content-wrapper]'];

/** Sets the colours for the system's choice and for the one that is made in the settings. */
export function adoptColours() {
  const [light, dark] = ['light', 'dark'].map(declarations);
  const rule = (body, declared) => `${PLACES.map((place) => `${body} ${place}`).join(', ')} { ${declared} }`;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    ${rule('body:not(.graphiql-dark)', light)}
    @media (prefers-color-scheme: dark) { ${rule('body:not(.graphiql-light)', dark)} }
    ${rule('body.graphiql-dark', dark)}
  `);
  document.adoptedStyleSheets.push(sheet);
}

function declarations(scheme) {
  const probe = document.body.appendChild(document.createElement('span'));
  probe.style.colorScheme = scheme;
  const declared = Object.entries(COLOURS).map(([name, colour]) => {
    probe.style.color = colour;
    return `--color-${name}: ${hsl(getComputedStyle(probe).color)}`;
  });
  probe.remove();
  return declared.join('; ');
}

/** `rgb(47, 93, 80)` or `color(srgb 0.2 0.4 0.3)` as `163, 33%, 27%`. */
function hsl(colour) {
  const numbers = colour.match(/[\d.]+/g).slice(0, 3).map(Number);
  const [r, g, b] = colour.startsWith('rgb') ? numbers.map((part) => part / 255) : numbers;
  const [most, least] = [Math.max(r, g, b), Math.min(r, g, b)];
  const span = most - least;
  const lightness = (most + least) / 2;
  const saturation = span === 0 ? 0 : span / (1 - Math.abs(2 * lightness - 1));
  const sector = span === 0 ? 0 : most === r ? ((g - b) / span + 6) % 6 : most === g ? (b - r) / span + 2 : (r - g) / span + 4;
  return `${Math.round(60 * sector)}, ${(100 * saturation).toFixed(1)}%, ${(100 * lightness).toFixed(1)}%`;
}
