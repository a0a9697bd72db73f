// Completion for a text area, as a list box that the keyboard moves in while the focus stays in the text.

/** More than this and nobody reads on; the rest comes with the next letter. */
const SHOWN = 50;

/**
 * Lets `area` complete from `list`, an empty list box beside it. `suggest(text, caret)` answers `{ from, items }`, and `say`
 * tells screen readers how many there are. Ctrl-Space opens it, and so does typing a name.
 */
export function completing(area, list, suggest, say) {
  let found = { from: 0, items: [] };
  let active = 0;

  const close = () => {
    list.hidden = true;
    area.removeAttribute('aria-activedescendant');
    say('');
  };

  const mark = (index) => {
    active = (index + list.childElementCount) % list.childElementCount;
    [...list.children].forEach((option, at) => option.setAttribute('aria-selected', at === active));
    area.setAttribute('aria-activedescendant', list.children[active].id);
    list.children[active].scrollIntoView({ block: 'nearest' });
  };

  const open = (asked) => {
    found = suggest(area.value, area.selectionStart);
    const typed = area.value.slice(found.from, area.selectionStart);
    // A list that nobody asked for stays away where it has nothing to add, so that Enter is a new line.
    const needless = !asked && (typed === '' || found.items[0]?.name === typed);
    if (found.items.length === 0 || needless) return close();
    list.replaceChildren(...found.items.slice(0, SHOWN).map(option));
    place(area, list, found.from);
    list.hidden = false;
    mark(0);
    say(found.items.length === 1 ? '1 completion' : `${found.items.length} completions`);
  };

  const accept = () => {
    const caret = area.selectionStart;
    area.setSelectionRange(found.from, caret);
    insert(found.items[active].name);
    close();
  };

  const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: 5, PageUp: -5 };
  area.addEventListener('keydown', (event) => {
    if (event.key === ' ' && event.ctrlKey) open(true);
    else if (event.key === 'Enter' && !event.ctrlKey && !event.metaKey) list.hidden ? newLine(area) : accept();
    else if (list.hidden) return;
    else if (event.key in moves) mark(active + moves[event.key]);
    else if (event.key === 'Tab' && !event.shiftKey) accept();
    else if (event.key === 'Escape') close();
    else return;
    event.preventDefault();
  });
  area.addEventListener('input', ({ data }) => (/^[\w$@]$/.test(data ?? '') || !list.hidden ? open(data === '$' || data === '@') : close()));
  for (const event of ['blur', 'click']) area.addEventListener(event, close);
  area.addEventListener('scroll', () => place(area, list, found.from));
  // The focus stays in the text.
  list.addEventListener('mousedown', (event) => {
    event.preventDefault();
    const chosen = [...list.children].indexOf(event.target.closest('[role=option]'));
    if (chosen === -1) return;
    active = chosen;
    accept();
  });
}

function option({ name, detail, about }, index) {
  const made = document.createElement('li');
  made.id = `completion-${index}`;
  made.role = 'option';
  const part = (className, text) => Object.assign(document.createElement('span'), { className, textContent: text });
  made.append(part('name', name), ' ', part('detail', detail), part('about', about?.split(/\.\s/)[0] ?? ''));
  return made;
}

/** Puts the list below the caret, whose place a hidden copy of the text tells: lines wrap. */
function place(area, list, at) {
  const mirror = document.createElement('div');
  const caret = document.createElement('span');
  mirror.className = 'mirror';
  caret.textContent = area.value.slice(at) || '.';
  mirror.append(area.value.slice(0, at), caret);
  area.after(mirror);
  const [first] = caret.getClientRects();
  const box = area.getBoundingClientRect();
  list.style.setProperty('--below', first.bottom - box.top - area.scrollTop);
  list.style.setProperty('--from', first.left - box.left);
  mirror.remove();
}

/** As if it was typed, so that it can be undone: there is no other way for a text area. */
function insert(text) {
  document.execCommand('insertText', false, text);
}

/** A new line, as deep as the one before; deeper behind an open bracket. */
function newLine(area) {
  const line = area.value.slice(0, area.selectionStart).split('\n').at(-1);
  const depth = line.match(/^ */)[0] + (/[{([]\s*$/.test(line) ? '  ' : '');
  insert(`\n${depth}`);
}
