/* Buttons that copy a program. Without this, people select it. */

const COPIED_SHOWN_MS = 2000;

/* Browsers give a page without HTTPS no clipboard: then the text is at least selected. */
async function copy(code) {
  if (navigator.clipboard) return navigator.clipboard.writeText(code.textContent);
  getSelection().selectAllChildren(code);
  if (!document.execCommand("copy")) throw new Error("The browser does not copy.");
}

async function onClick({ currentTarget: button }) {
  const label = button.firstChild;
  const text = label.data;
  try {
    await copy(button.closest(".snippet").querySelector("code"));
  } catch {
    return; // it is selected
  }
  if (text === button.dataset.copied) return;
  label.data = button.dataset.copied;
  setTimeout(() => (label.data = text), COPIED_SHOWN_MS);
}

for (const button of document.querySelectorAll(".snippet button")) {
  button.hidden = false;
  button.addEventListener("click", onClick);
}
