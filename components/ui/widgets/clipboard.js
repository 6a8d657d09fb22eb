// Puts a text on the clipboard; whether that was done. A page that is not served over HTTPS may
// only copy what is selected, in a field that stands in the `host`.
async function copyText(text, host) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement("textarea");
    field.value = text;
    field.style.cssText = "position: fixed; opacity: 0";
    host.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}
