// Adds a button to each snippet that copies it. Without this file, or without a clipboard, everything else works.

async function copy(button, text) {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = 'Copied';
  } catch {
    button.textContent = 'Not allowed';
  }
  setTimeout(() => (button.textContent = 'Copy'), 2000);
}

// A browser offers a clipboard to pages that came over TLS or from this machine.
for (const snippet of navigator.clipboard ? document.querySelectorAll('.snippet') : []) {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = 'Copy';
  button.ariaLive = 'polite';
  button.addEventListener('click', () => copy(button, snippet.querySelector('code').textContent));
  snippet.append(button);
}
