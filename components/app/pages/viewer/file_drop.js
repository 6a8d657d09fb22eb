// A file that is dropped anywhere goes to the page's file field.
export default function () {
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
  const over = (event) => hasFiles(event) && event.preventDefault();
  const drop = (event) => {
    const field = document.querySelector(".st-key-viewer_source input[type=file]");
    if (!hasFiles(event) || !field || event.target.closest(".st-key-viewer_source")) return;
    event.preventDefault();
    field.files = event.dataTransfer.files;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const listeners = { dragover: over, drop };
  for (const [name, listener] of Object.entries(listeners)) {
    window.addEventListener(name, listener);
  }
  return () => {
    for (const [name, listener] of Object.entries(listeners)) {
      window.removeEventListener(name, listener);
    }
  };
}
